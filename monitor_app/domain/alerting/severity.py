"""How bad an alert is."""

from typing import Any, Final, Literal, cast

from monitor_app.domain.given import shown
from monitor_app.errors import InvalidInput

Severity = Literal["info", "warning", "critical"]
# The least first.
SEVERITIES: Final[tuple[Severity, ...]] = ("info", "warning", "critical")
_RANK: Final = {name: rank for rank, name in enumerate(SEVERITIES)}


def rank(severity: str) -> int:
    """Higher is worse; what is not known counts as the worst."""
    return _RANK.get(cast("Severity", severity), len(SEVERITIES) - 1)


def worst(*severities: str) -> Severity:
    """The worst of some; "info" of none."""
    return SEVERITIES[max((rank(each) for each in severities), default=0)]


def given_severity(field: str, value: Any) -> Severity:
    """Raises InvalidInput on `field`."""
    if value not in SEVERITIES:
        raise InvalidInput({field: f"must be one of {', '.join(SEVERITIES)}, got {shown(value)}"})
    return cast("Severity", value)
