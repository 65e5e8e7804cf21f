"""Runs the files of tests that failed among all others once more, each alone; what fails again has failed.

Browsers and programs of five files share two cores in `make test`, and a wait that a person would not notice may then
be too long for one of ten thousand tests. What passes alone is named at the end, to be mended, not forgotten. More than
a few such files are no accident and are not tried again.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FAILED = Path(".pytest_cache/v/cache/lastfailed")
TESTS_FAILED = 1  # how pytest ends then; anything else is no matter of tests
MOST_FILES = 3


def main(ended_with: int, root: Path = ROOT) -> int:
    """0 when every test that failed has passed alone, with the others of its file."""
    if ended_with != TESTS_FAILED or not (root / FAILED).exists():
        return ended_with
    failed = sorted(json.loads((root / FAILED).read_text()))
    files = sorted({name.partition("::")[0] for name in failed})
    if len(files) > MOST_FILES:
        return ended_with
    for file in files:
        print(f"\nonce more, alone: {file}", flush=True)
        if ended := subprocess.run([sys.executable, "-m", "pytest", "-n", "0", file], cwd=root, check=False).returncode:
            return ended
    print("\nUNSTEADY: these failed among all others and passed alone:", *failed, sep="\n  ", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
