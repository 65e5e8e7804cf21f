"""What `make test` does with tests that failed among all others."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PASSES = "def test_one():\n    pass\n"
FAILS = "def test_one():\n    raise AssertionError('broken')\n"
FAILS_FIRST = """from pathlib import Path

def test_one():
    seen = Path(__file__).with_suffix(".seen")
    was_seen = seen.exists()
    seen.touch()
    assert was_seen
"""


def run(folder: Path, *files: str) -> tuple[int, int, str]:
    """How pytest ended on these files, and then the tool, with what that printed."""
    for number, text in enumerate(files):
        (folder / f"test_{number}.py").write_text(text)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "LINES_"))}

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    first = call("-m", "pytest", "-q", "--rootdir", ".").returncode
    program = f"import again, pathlib, sys; sys.exit(again.main({first}, pathlib.Path.cwd()))"
    environment["PYTHONPATH"] = str(ROOT / "tools")
    second = call("-c", program)
    return first, second.returncode, second.stdout


def test_one_that_passes_alone_is_named_and_does_not_fail_the_run(tmp_path: Path) -> None:
    first, second, printed = run(tmp_path, FAILS_FIRST, PASSES)
    assert (first, second) == (1, 0)
    assert printed.endswith("UNSTEADY: these failed among all others and passed alone:\n  test_0.py::test_one\n")


def test_one_that_fails_again_fails_the_run(tmp_path: Path) -> None:
    first, second, printed = run(tmp_path, FAILS_FIRST, FAILS)
    assert (first, second) == (1, 1)
    assert "UNSTEADY" not in printed


def test_many_files_are_not_tried_again(tmp_path: Path) -> None:
    first, second, printed = run(tmp_path, *[FAILS_FIRST] * 4)
    assert (first, second) == (1, 1)
    assert "once more" not in printed


def test_what_ended_otherwise_is_not_tried_again(tmp_path: Path) -> None:
    first, second, _ = run(tmp_path, "import nothing_of_that_name")
    assert first == second > 1
