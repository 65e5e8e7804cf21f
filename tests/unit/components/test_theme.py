"""Colours are named in one place and used from there."""

import re
from pathlib import Path

import pytest

from monitor_app.components import theme

ROOT = Path(__file__).resolve().parents[3]
ASSETS = ROOT / "assets"
WRITTEN = ("theme.css", "offline_theme.css")
SCREEN = [ROOT / "monitor_app" / "components", ROOT / "monitor_app" / "pages"]
# A hex value, a colour function, or one of the names that could slip in.
COLOUR = re.compile(
    r"#[0-9a-fA-F]{3,8}\b(?![^\n]*url)|\b(?:rgba?|hsla?|oklch)\(|:\s*(?:red|green|blue|black|gr[ae]y)\b"
)


def sources() -> list[Path]:
    styles = [path for path in ASSETS.glob("*.css") if path.name not in WRITTEN]
    code = [path for folder in SCREEN for path in folder.rglob("*") if path.suffix in (".py", ".js", ".jsx")]
    return styles + [path for path in code if path.name != "theme.py"]


def test_stylesheet_is_the_one_that_the_theme_writes() -> None:
    assert (ASSETS / "theme.css").read_text(encoding="utf-8") == theme.stylesheet()


def test_page_without_a_server_has_colours_of_the_same_names() -> None:
    assert (ASSETS / "offline_theme.css").read_text(encoding="utf-8") == theme.plain_stylesheet()


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.name)
def test_nothing_else_names_a_colour(path: Path) -> None:
    found = [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if COLOUR.search(line)]
    assert found == []


def test_every_variable_that_is_used_is_named() -> None:
    # By the theme, in a stylesheet for itself, or by a module for one element: `style={{ "--depth": 2 }}`.
    named = set(re.findall(r"--([\w-]+):", theme.stylesheet() + theme.plain_stylesheet()))
    for path in sources():
        named |= set(re.findall(r'--([\w-]+)"?:', path.read_text(encoding="utf-8")))
    styles = "\n".join(path.read_text(encoding="utf-8") for path in ASSETS.glob("*.css") if path.name != "theme.css")
    used = set(re.findall(r"var\(--([\w-]+)\)", styles))
    assert used - named == set()
