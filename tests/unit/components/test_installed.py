"""Lightbulb as an installed app: the manifest, its icons, the page without a server, the tour."""

import json
import re
import struct
from pathlib import Path

import pytest

from monitor_app.components import installed, tour
from monitor_app.components.theme import PLAIN
from monitor_app.security.permissions import SERVICE_WRITE

ASSETS = Path(__file__).resolve().parents[3] / "assets"
WORKER = (ASSETS / "sw.js").read_text(encoding="utf-8")


def size_of(png: Path) -> tuple[int, int]:
    width, height = struct.unpack(">II", png.read_bytes()[16:24])
    return width, height


def test_manifest_is_the_one_that_is_written() -> None:
    assert (ASSETS / "manifest.webmanifest").read_text(encoding="utf-8") == installed.manifest_text()


def test_manifest_has_what_browsers_ask_for() -> None:
    manifest = json.loads(installed.manifest_text())
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    assert manifest["short_name"] == "Lightbulb"
    purposes = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= purposes
    assert all(shortcut["url"].startswith("/") for shortcut in manifest["shortcuts"])


@pytest.mark.parametrize("icon", installed.manifest()["icons"], ids=lambda icon: icon["src"])
def test_icons_are_there_in_their_size(icon: dict[str, str]) -> None:
    path = ASSETS / icon["src"].removeprefix("/")
    assert path.is_file()
    if icon["type"] == "image/png":
        assert "x".join(map(str, size_of(path))) == icon["sizes"]


def test_touch_icon_has_its_size() -> None:
    assert size_of(ASSETS / "icons/apple-touch-icon.png") == (installed.TOUCH_SIZE, installed.TOUCH_SIZE)


def test_head_has_the_colours_of_both_themes() -> None:
    head = " ".join(str(part) for part in installed.head())
    assert all(colour in head for colour in PLAIN["page"])
    assert "viewport-fit=cover" in head


def test_worker_keeps_only_files_that_are_everybodys() -> None:
    """No answer is put into its cache but those of its own list."""
    kept = re.search(r"const FILES = \[(.*?)\];", WORKER)
    page = re.search(r'const PAGE = "(.*?)";', WORKER)
    assert kept is not None
    assert page is not None
    files = [page[1], *re.findall(r'"(/[^"]+)"', kept[1])]
    assert all((ASSETS / file.strip("/")).is_file() for file in files)
    assert "cache.put" not in WORKER
    assert ".add(" not in WORKER
    assert re.findall(r"addAll\((\w+)", WORKER) == ["FILES"]


def test_page_without_a_server_brings_all_that_it_needs() -> None:
    html = (ASSETS / "offline.html").read_text(encoding="utf-8")
    parts = re.findall(r'(?:src|href)="(/[^"]+)"', html)
    assert parts
    assert all(part in WORKER for part in parts)
    assert "style=" not in html
    assert "<style" not in html


@pytest.mark.parametrize("may", [[], [SERVICE_WRITE]])
def test_tour_has_five_steps_for_everybody(may: list[str]) -> None:
    own = [
        step
        for step in tour.steps()
        if (not step["needs"] or step["needs"] in may) and (not step["unless"] or step["unless"] not in may)
    ]
    assert len(own) == 5
    assert all(step["title"] and step["text"] and step["targets"] for step in own)
