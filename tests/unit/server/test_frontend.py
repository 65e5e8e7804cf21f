"""The frontend is built when its inputs changed, and only then."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor_app.server import frontend

BUILDER = """
import pathlib, sys
print("Compiling: 100%")
pathlib.Path(".web/build/client").mkdir(parents=True, exist_ok=True)
pathlib.Path(".web/build/client/index.html").write_text("built")
with open("builds", "a") as file:
    file.write("x")
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A little repository."""
    for name, text in {
        "rxconfig.py": "config",
        ".npmrc": "",
        "reflex.lock/package.json": "{}",
        "assets/page.css": "a {}",
        "monitor_app/pages/board.py": "page",
        "monitor_app/components/browser/rows.jsx": "rows",
        "monitor_app/engine/runner.py": "engine",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def build(root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., bool]:
    """Build with a little program in the place of Reflex."""

    def run(script: str = BUILDER, tell: Callable[[str], None] = lambda text: None) -> bool:
        monkeypatch.setattr(frontend, "BUILD_COMMAND", (sys.executable, "-c", script))
        return frontend.build_if_changed(root, tell)

    return run


def test_second_start_builds_nothing(build: Callable[..., bool], root: Path) -> None:
    assert build()
    assert not build()
    assert (root / "builds").read_text() == "x"


@pytest.mark.parametrize(
    "name",
    ["rxconfig.py", "assets/page.css", "assets/new.svg", "monitor_app/pages/board.py", "reflex.lock/package.json"],
)
def test_changed_input_is_built(build: Callable[..., bool], root: Path, name: str) -> None:
    build()
    (root / name).write_text("changed")
    assert build()
    assert not build()


def test_what_no_screen_is_made_of_is_not_built(build: Callable[..., bool], root: Path) -> None:
    build()
    (root / "monitor_app/engine/runner.py").write_text("changed")
    (root / "monitor_app/pages/__pycache__").mkdir()
    (root / "monitor_app/pages/__pycache__/board.cpython-311.pyc").write_text("changed")
    assert not build()


def test_explicit_api_url_is_another_bundle(build: Callable[..., bool], monkeypatch: pytest.MonkeyPatch) -> None:
    build()
    monkeypatch.setenv("REFLEX_API_URL", "https://api.example.org")
    assert build()


def test_bundle_that_is_gone_is_built(build: Callable[..., bool], root: Path) -> None:
    build()
    (root / ".web/build/client/index.html").unlink()
    assert build()


def test_lock_files_that_the_build_writes_do_not_make_it_build_again(build: Callable[..., bool]) -> None:
    assert build(BUILDER + "pathlib.Path('reflex.lock/package-lock.json').write_text('resolved')\n")
    assert not build()


def test_copies_that_the_first_build_makes_do_not_make_the_second_start_build(build: Callable[..., bool]) -> None:
    copies = "f = pathlib.Path('assets/external/rows.jsx'); f.parent.mkdir(exist_ok=True); f.write_text('rows')"
    assert build(f"{BUILDER}\n{copies}\n")
    assert not build()


def test_source_that_changed_during_the_build_is_built_next_time(build: Callable[..., bool]) -> None:
    assert build(BUILDER + "pathlib.Path('monitor_app/pages/board.py').write_text('changed meanwhile')\n")
    assert build()
    assert not build()


def test_failed_build_tells_the_real_reason_and_leaves_no_stamp(build: Callable[..., bool]) -> None:
    with pytest.raises(frontend.BuildFailed) as caught:
        build("import sys; print('npm verbose noise'); print('cannot resolve left-pad'); sys.exit(3)")
    text = str(caught.value)
    assert "exit code 3" in text
    assert "cannot resolve left-pad" in text
    assert "noise" not in text
    log = Path(text.split("output is in ")[1].split(". It said")[0])
    assert "npm verbose noise" in log.read_text()
    log.unlink()
    assert build()


def test_progress_is_told_in_words(build: Callable[..., bool]) -> None:
    told: list[str] = []
    build(tell=told.append)
    assert told[0].startswith("Building the screens: the first time")
    assert "  compiling the pages and installing JavaScript packages ..." in told
    assert told[-1].startswith("The screens are built (")


def test_interrupt_kills_what_the_build_started(build: Callable[..., bool], root: Path) -> None:
    script = (
        "import subprocess, sys, pathlib\n"
        "child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE)\n"
        "pathlib.Path('child').write_text(str(child.pid))\n"
        "print('Compiling:', flush=True)\nchild.wait()\n"
    )

    def interrupt(text: str) -> None:
        if "compiling" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(script, interrupt)
    assert not frontend.psutil.pid_exists(int((root / "child").read_text()))
