"""What a service reports of itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor_app.domain.status import Status

# `log` is kept as a message and says nothing of success. `check` comes from a person and not from the service: it is to
# be checked now.
Signal = Literal["start", "success", "fail", "log", "check"]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One report. `id` grows with each; `status` and `ping_ms` are what the service said of itself, if anything."""

    id: int
    service_pk: int
    at: datetime
    signal: Signal
    status: Status | None = None
    message: str = ""
    ping_ms: float | None = None
