"""What `make test` knows of the lines that ran, in whichever process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from coverage import CoverageData

ROOT = Path(__file__).parents[2]
USE = "from monitor_app.domain.status import Status; Status(0)"


def noted(folder: Path, program: str, root: Path = ROOT) -> dict[str, set[int]]:
    """The lines of each file that ran, of all processes of a program."""
    # As nothing else: what runs these tests may measure itself.
    environment = os.environ | {
        "LINES_FILE": str(folder / "lines"),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tools/lines"), str(root)]),
    }
    subprocess.run([sys.executable, "-c", program], env=environment, cwd=folder, check=True)
    lines: dict[str, set[int]] = {}
    for file in folder.glob("lines.*"):
        data = CoverageData(str(file))
        data.read()
        for measured in data.measured_files():
            lines.setdefault(measured, set()).update(data.lines(measured) or ())
    return lines


@pytest.mark.parametrize(
    "program",
    [USE, f"{USE}; import os; os._exit(0)", f"import os\nif os.fork() == 0:\n    {USE}\n    os._exit(0)\nos.wait()"],
    ids=["end", "sudden end", "forked"],
)
def test_lines_that_ran_are_noted_however_a_process_ends(tmp_path: Path, program: str) -> None:
    lines = noted(tmp_path, program)
    assert len(lines[str(ROOT / "monitor_app/domain/status.py")]) > 5
    assert lines[str(ROOT / "monitor_app/server/web.py")] == set()


def test_process_that_finds_probed_code_notes_the_same_lines(tmp_path: Path) -> None:
    first = noted(tmp_path, USE)
    for file in tmp_path.glob("lines.*"):
        file.unlink()
    assert list((tmp_path / "probed").iterdir())
    assert noted(tmp_path, USE) == first


def test_probed_code_that_is_damaged_or_of_other_code_is_made_anew(tmp_path: Path) -> None:
    first = noted(tmp_path, USE)
    for file in tmp_path.glob("lines.*"):
        file.unlink()
    kept = sorted((tmp_path / "probed").iterdir())
    contents = [file.read_bytes() for file in kept]
    for file, other in zip(kept, [contents[-1], b"", *contents[:-2]], strict=True):
        file.write_bytes(other)
    assert noted(tmp_path, USE) == first


def test_process_without_the_package_notes_nothing(tmp_path: Path) -> None:
    assert noted(tmp_path, "import json") == {}


def test_copies_of_the_package_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "monitor_app").mkdir()
    (tmp_path / "monitor_app/__init__.py").write_text("COPY = True\n")
    assert noted(tmp_path, "from monitor_app import COPY", root=tmp_path) == {}
