"""What a service reports of itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from monitor_app.domain.status import Status

# `log` is kept as a message and says nothing of success.
Signal = Literal["start", "success", "fail", "log"]


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
