"""Badges: small SVG pictures for a README or an intranet page."""

from functools import lru_cache
from html import escape
from typing import Final

from monitor_app.domain.public_page import LEVEL_WORDS, Level, percent

SORTS: Final = ("status", "uptime", "response")
# White on these is readable; dark text on amber.
_COLOURS: Final[dict[str, tuple[str, str]]] = {
    "ok": ("#1b7a5f", "#fff"),
    "degraded": ("#ffc53d", "#21201c"),
    "down": ("#c83c1f", "#fff"),
    "maintenance": ("#60646c", "#fff"),
    "paused": ("#60646c", "#fff"),
    "unknown": ("#8e3d9b", "#fff"),
}
_LEFT: Final = "#3a3d44"
_LABEL_LIMIT: Final = 40
# Widths of a sans-serif type of 11 px: narrow, wide, all others.
_NARROW, _WIDE = frozenset("fijlrtI1.,:;'!|()[] "), frozenset("mwMW@%")


def status_badge(name: str, level: Level) -> bytes:
    """How it is now."""
    return badge(name, LEVEL_WORDS[level].lower(), level)


def uptime_badge(name: str, days: int, share: float | None) -> bytes:
    """The share of a span in which it was up."""
    level = "unknown" if share is None else "ok" if share >= 0.999 else "degraded" if share >= 0.99 else "down"
    return badge(f"{name} · {days} d", percent(share), level)


def response_badge(name: str, response_ms: float | None) -> bytes:
    """How long the last answer took."""
    if response_ms is None:
        return badge(name, "no answer", "unknown")
    words = f"{response_ms:.0f} ms" if response_ms < 10_000 else f"{response_ms / 1000:.1f} s"
    return badge(name, words, "maintenance")


@lru_cache(maxsize=2000)
def badge(label: str, value: str, level: str) -> bytes:
    """Two words beside each other, the right one in the colour of the level."""
    label = label if len(label) <= _LABEL_LIMIT else f"{label[: _LABEL_LIMIT - 1]}…"
    left, right = _width(label), _width(value)
    colour, ink = _COLOURS[level]
    said = escape(f"{label}: {value}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{said}">'
        f'<title>{said}</title><clipPath id="r"><rect width="{left + right}" height="20" rx="3"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="{_LEFT}"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>'
        '<g font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" text-anchor="middle">'
        f'<text x="{left / 2:g}" y="14" fill="#fff" textLength="{left - 12}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(label)}</text>"
        f'<text x="{left + right / 2:g}" y="14" fill="{ink}" textLength="{right - 12}" '
        f'lengthAdjust="spacingAndGlyphs">{escape(value)}</text></g></svg>'
    ).encode()


def _width(text: str) -> int:
    return 12 + round(sum(4 if sign in _NARROW else 10 if sign in _WIDE else 7 for sign in text))
