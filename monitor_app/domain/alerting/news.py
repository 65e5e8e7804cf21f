"""What alerting says of incidents to those who decide whom to tell."""

from dataclasses import dataclass
from typing import Literal

from monitor_app.domain.alerting.severity import Severity

NewsKind = Literal["fired", "joined", "resolved", "alert_resolved", "raised", "acknowledged", "unheld"]


@dataclass(frozen=True, slots=True)
class IncidentNews:
    """One thing that happened to an incident. What is held gives no news until it is held no more.

    `policy_pk` is that of the rule, None for the default. "acknowledged" tells of any change of the acknowledgement.
    """

    incident_pk: int
    kind: NewsKind
    alert_pks: tuple[int, ...] = ()
    severity: Severity = "critical"
    policy_pk: int | None = None
