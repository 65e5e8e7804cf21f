"""Colours that somebody chose, made readable (WCAG 2.2, 1.4.3)."""

from typing import Final

# What text needs on what is behind it.
ENOUGH: Final = 4.5
_STEPS: Final = 20
_Rgb = tuple[int, int, int]


def contrast(one: str, other: str) -> float:
    """Between two colours as `#3e63dd`: 1 for the same, 21 for black and white."""
    lights = sorted((_luminance(_rgb(one)), _luminance(_rgb(other))))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def readable(colour: str, background: str) -> str:
    """The colour, as much darker or lighter as text of it needs to be read on the background."""
    goal = (0, 0, 0) if _luminance(_rgb(background)) > 0.18 else (255, 255, 255)
    start = _rgb(colour)
    # Black or white at the end of the way: one of them can be read on anything.
    steps = (_hex(_mixed(start, goal, step / _STEPS)) for step in range(_STEPS + 1))
    return next(mixed for mixed in steps if contrast(mixed, background) >= ENOUGH)


def _mixed(one: _Rgb, other: _Rgb, share: float) -> _Rgb:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _luminance(colour: _Rgb) -> float:
    """Relative luminance as WCAG defines it."""
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _rgb(colour: str) -> _Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(colour: _Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
