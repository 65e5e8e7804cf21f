"""What a probe found, as small rows for a screen."""

from collections.abc import Mapping
from typing import Any

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import STATUS_WORDS

PHASE_NAMES = {
    "dns": "DNS",
    "connect": "connect",
    "proxy": "proxy",
    "starttls": "STARTTLS",
    "tls": "TLS",
    "first_byte": "first byte",
    "body": "body",
    "greeting": "greeting",
    "login": "log-in",
    "query": "query",
}


def milliseconds(value: float | None) -> str:
    """ "42 ms", "4.2 ms", "1.25 s"; "–" when there is none."""
    if value is None:
        return "–"
    if value >= 1000:
        return f"{value / 1000:.2f} s"
    if value < 0.05:
        return "<0.1 ms"
    return f"{value:.0f} ms" if value >= 10 else f"{value:.1f} ms"


def phase_rows(phases: Mapping[str, float]) -> list[dict[str, str]]:
    """Each phase with its name, its time, its share of the whole in percent, and the share of those before it."""
    whole = sum(phases.values())
    rows, before = [], 0.0
    for name, value in phases.items():
        rows.append(
            {
                "name": PHASE_NAMES.get(name, name.replace("_", " ")),
                "time": milliseconds(value),
                "share": f"{value / whole * 100 if whole else 0:.1f}%",
                "start": f"{before / whole * 100 if whole else 0:.1f}%",
            }
        )
        before += value
    return rows


def _figure(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.4g}"


def finding(result: ProbeResult) -> dict[str, Any]:
    """A result for the form that asked for it."""
    return {
        "status": int(result.status),
        "word": STATUS_WORDS[result.status],
        "message": result.message,
        "time": milliseconds(result.response_ms),
        "phases": phase_rows(result.phases),
        "metrics": [{"name": name.replace("_", " "), "text": _figure(value)} for name, value in result.metrics.items()],
        "details": [{"name": name.replace("_", " "), "text": text} for name, text in result.details.items()],
    }
