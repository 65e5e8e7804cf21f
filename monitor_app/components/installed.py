"""Lightbulb as an app of a phone or a desktop: what browsers ask of it, in the head of each page and as a manifest.

`python -m monitor_app.components.installed` writes assets/manifest.webmanifest; tools/icons.py draws the icons.
"""

# Reflex reads what an event hands over from its annotation, which is no type to mypy.
# mypy: disable-error-code="no-any-return, attr-defined, arg-type"

import json
from pathlib import Path
from typing import Any, Final

import reflex as rx

from monitor_app.components.browser import module
from monitor_app.components.session import may
from monitor_app.components.theme import PLAIN
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.person import PersonState

NAME: Final = "Lightbulb"
MANIFEST: Final = "/manifest.webmanifest"
ICONS: Final = "/icons"
# Pixels of a side.
ICON_SIZES: Final = (192, 512)
TOUCH_SIZE: Final = 180
_LIGHT, _DARK = PLAIN["page"]
# What a long press on the icon offers: name, address, what it is.
SHORTCUTS: Final = (
    ("Problems", "/?layout=problems", "What is down, degraded or unknown"),
    ("Map", "/map", "What hangs on what"),
    ("Help", "/help", "All pages of help"),
)


class InstalledApp(rx.Component):
    """Keeps what the page without a server shows, and has the browser know that page. `mark` names the session."""

    library = module("installed.jsx")
    tag = "InstalledApp"
    mark: rx.Var[str]
    may_read: rx.Var[bool]


def installed_app() -> rx.Component:
    """Stands on every page that is not for everybody, once."""
    return InstalledApp.create(mark=PersonState.session_mark, may_read=may(BOARD_READ))


def head() -> list[rx.Component]:
    """In the head of every page."""
    return [
        # Up to the edges of the glass: page.css keeps clear of what lies over them.
        rx.el.meta(name="viewport", content="width=device-width, initial-scale=1, viewport-fit=cover"),
        _theme_colour(_LIGHT, "light"),
        _theme_colour(_DARK, "dark"),
        rx.el.link(rel="manifest", href=MANIFEST),
        rx.el.link(rel="apple-touch-icon", href=f"{ICONS}/apple-touch-icon.png"),
        rx.el.meta(name="apple-mobile-web-app-title", content=NAME),
        rx.el.meta(name="apple-mobile-web-app-capable", content="yes"),
        rx.el.meta(name="mobile-web-app-capable", content="yes"),
        rx.el.meta(name="apple-mobile-web-app-status-bar-style", content="default"),
    ]


def manifest() -> dict[str, Any]:
    """As the W3C's Web Application Manifest has it."""
    return {
        "id": "/",
        "name": f"{NAME}: service monitor",
        "short_name": NAME,
        "description": "What is watched, and how it is now.",
        "lang": "en",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": _LIGHT,
        # One colour has room here; the head of each page has that of the dark theme, too.
        "theme_color": _LIGHT,
        "categories": ["utilities", "productivity"],
        "icons": [
            *({**_icon(f"icon-{size}.png", size), "purpose": "any"} for size in ICON_SIZES),
            *({**_icon(f"maskable-{size}.png", size), "purpose": "maskable"} for size in ICON_SIZES),
            {"src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"},
        ],
        "shortcuts": [
            {"name": name, "url": url, "description": about, "icons": [_icon("icon-192.png", 192)]}
            for name, url, about in SHORTCUTS
        ],
    }


def manifest_text() -> str:
    """As it is served."""
    return json.dumps(manifest(), indent=2) + "\n"


def _theme_colour(colour: str, scheme: str) -> rx.Component:
    # Reflex takes what it does not know of an element for a style.
    return rx.el.meta(name="theme-color", content=colour, custom_attrs={"media": f"(prefers-color-scheme: {scheme})"})


def _icon(file: str, size: int) -> dict[str, str]:
    return {"src": f"{ICONS}/{file}", "sizes": f"{size}x{size}", "type": "image/png"}


if __name__ == "__main__":
    assets = Path(__file__).resolve().parents[2] / "assets"
    (assets / MANIFEST.strip("/")).write_text(manifest_text(), encoding="utf-8")
