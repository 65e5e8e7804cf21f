"""What `check` prints: a small waterfall for people, one JSON object for programs."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, TextIO

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status

LABEL_WIDTH, MS_WIDTH = 12, 12
BAR_MIN, BAR_MAX = 10, 60

_GLYPHS = {
    Status.OK: ("✔", "+"),
    Status.DEGRADED: ("▲", "!"),
    Status.FAILED: ("✖", "x"),
    Status.STARTING: ("◔", "~"),
    Status.STOPPED: ("‖", "="),
    Status.UNKNOWN: ("?", "?"),
}
_COLOURS = {
    Status.OK: "32",
    Status.DEGRADED: "33",
    Status.FAILED: "31",
    Status.STARTING: "36",
    Status.STOPPED: "37",
    Status.UNKNOWN: "35",
}


@dataclass(frozen=True, slots=True)
class Style:
    """How the output may look."""

    is_coloured: bool = False
    is_unicode: bool = True
    columns: int = 80

    @classmethod
    def of(cls, stream: TextIO, columns: int, environment: Mapping[str, str] = os.environ) -> Self:
        """Colour on a terminal only, and never with NO_COLOR (no-color.org)."""
        is_coloured = stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"
        return cls(is_coloured, (stream.encoding or "").lower().replace("-", "") == "utf8", columns)

    def paint(self, text: str, code: str) -> str:
        """The text in a colour (an SGR code) where that is wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.is_coloured else text


def report(target: str, result: ProbeResult, style: Style) -> str:
    """Several lines for a person."""
    glyph = _GLYPHS[result.status][0 if style.is_unicode else 1]
    status = style.paint(f"{glyph} {result.status.name}", f"1;{_COLOURS[result.status]}")
    took = f"  {_ms(result.response_ms)}" if result.response_ms is not None else ""
    blocks = [f"{status}  {target}{style.paint(took, '1')}\n  {result.message}"]
    if result.phases:
        blocks.append("\n".join(_waterfall(result.phases, style)))
    facts = list(_facts(result))
    if facts:
        blocks.append("\n".join(f"  {name:<{LABEL_WIDTH}}  {text}" for name, text in facts))
    return "\n\n".join(blocks)


def report_json(kind: str, target: str, result: ProbeResult) -> dict[str, Any]:
    """The same for a program."""
    return {
        "kind": kind,
        "target": target,
        "status": result.status.name,
        "message": result.message,
        "response_ms": result.response_ms,
        "phases": dict(result.phases),
        "metrics": dict(result.metrics),
        "details": dict(result.details),
    }


def _waterfall(phases: Mapping[str, float], style: Style) -> Iterator[str]:
    """A line a phase; each bar begins where the one before ends."""
    width = min(max(style.columns - LABEL_WIDTH - MS_WIDTH - 6, BAR_MIN), BAR_MAX)
    total = sum(phases.values()) or 1.0
    block = "█" if style.is_unicode else "#"
    before = 0.0
    for name, milliseconds in phases.items():
        start = min(round(before / total * width), width - 1)
        length = max(1, min(round(milliseconds / total * width), width - start))
        bar = " " * start + style.paint(block * length, "36")
        yield f"  {name.replace('_', ' '):<{LABEL_WIDTH}}  {_ms(milliseconds):>{MS_WIDTH}}  {bar}"
        before += milliseconds


def _facts(result: ProbeResult) -> Iterator[tuple[str, str]]:
    days = result.metrics.get("certificate_days")
    if days is not None:
        left = f"{int(days)} days left" if days >= 0 else f"expired {int(-days)} days ago"
        yield "certificate", f"{left}, until {result.details.get('certificate_expires', '')}"
    for name, number in result.metrics.items():
        if name != "certificate_days":
            yield name.replace("_", " "), f"{number:,g}" if abs(number) < 1e6 else f"{number:,.0f}"
    for name, text in result.details.items():
        if name != "certificate_expires" and text:
            yield name.removeprefix("certificate_").replace("_", " "), text


def _ms(milliseconds: float) -> str:
    digits = 2 if milliseconds < 10 else 1 if milliseconds < 1000 else 0
    return f"{milliseconds:,.{digits}f} ms"
