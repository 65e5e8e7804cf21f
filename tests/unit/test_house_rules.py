"""Rules of the house that no linter knows; part of `make check`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES_LIMIT = 400
VAGUE_NAMES = {"utils", "helpers", "common", "misc", "util", "helper"}
TEXT_SUFFIXES = {".py", ".md", ".sh", ".toml", ".ini", ".txt", ".yaml", ".yml", ".jsx", ".js", ".css", ".conf", ""}
HOME_PATH = re.compile(r"(?<![\w.])/(?:home|root|Users)/\w+")
SOURCES = sorted((ROOT / "monitor_app").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def texts() -> Iterator[Path]:
    for folder in ("monitor_app", "tests", "tools", "docs", "alembic", "deploy", "assets", ".ci"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and path.suffix in TEXT_SUFFIXES and "__pycache__" not in path.parts:
                yield path
    yield from (path for path in ROOT.iterdir() if path.is_file() and path.suffix in TEXT_SUFFIXES)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())), f"{name_of(path)} has no docstring"


def test_no_file_is_too_long() -> None:
    long = {name_of(path): count for path in SOURCES if (count := len(path.read_text().splitlines())) > LINES_LIMIT}
    assert not long, f"make a folder of each, with the same public names: {long}"


def test_no_file_has_a_vague_name() -> None:
    assert not [
        name_of(path) for path in [*SOURCES, *TESTS] if path.stem in VAGUE_NAMES or path.parent.name in VAGUE_NAMES
    ]


def test_alembic_folder_is_no_package() -> None:
    assert not (ROOT / "alembic/__init__.py").exists(), "it would shadow the library"


def test_tests_do_not_sleep_to_wait() -> None:
    sleeping = [
        f"{name_of(path)}:{node.lineno}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "time.sleep"
    ]
    assert not sleeping, "wait for what must happen instead"


def test_no_test_is_skipped() -> None:
    word = "skip"
    pattern = re.compile(rf"pytest\.(mark\.)?{word}|mark\.xfail|importor{word}")
    assert not [name_of(path) for path in TESTS if pattern.search(path.read_text())]


def test_nothing_names_a_home_folder() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in texts()
        for match in HOME_PATH.finditer(path.read_text(errors="replace"))
    ]
    assert not found


def test_lock_file_names_no_registry() -> None:
    text = (ROOT / "reflex.lock/package-lock.json").read_text()
    assert '"resolved"' not in text
    assert "integrity" in text
