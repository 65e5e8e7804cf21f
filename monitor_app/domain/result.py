"""What a probe finds, and what is recorded of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from monitor_app.domain.report import Report, Tell
from monitor_app.domain.status import Status

MESSAGE_LIMIT = 300


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """What one run of a probe found.

    `response_ms` is the service's own time: it never counts this program's waiting. `phases` maps a phase's name to
    its milliseconds, in the order they happened (for http: dns, connect, tls, first_byte, body). `metrics` are numbers
    with the unit in the name; `details` are short facts for a person and hold nothing secret. `tell` gives what the
    kind knows beyond them (headers, a chain of certificates, a table of processes), when somebody wants it in full.
    """

    status: Status
    message: str
    response_ms: float | None = None
    phases: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    tell: Tell | None = field(default=None, repr=False, compare=False)

    @classmethod
    def failed(
        cls,
        message: str,
        *,
        response_ms: float | None = None,
        phases: Mapping[str, float] | None = None,
        metrics: Mapping[str, float] | None = None,
        details: Mapping[str, str] | None = None,
    ) -> Self:
        """The target is broken, and why."""
        return cls(Status.FAILED, message, response_ms, phases or {}, metrics or {}, details or {})


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check as it is recorded.

    `checked_at` is when the probe started (aware UTC); `late_ms` how long after its slot that was; `check_id` the
    correlation id that its log lines carry.
    """

    service_pk: int
    checked_at: datetime
    status: Status
    message: str
    response_ms: float | None = None
    phases: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    late_ms: float = 0.0
    check_id: str = ""
    # This process stood still meanwhile: the finding counts, the response time is not judged.
    is_stalled: bool = False
    # The same in full, until it is decided whether that is kept.
    report: Report | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A recorded check as it is read back: `id` grows with every result that is written, without gaps in time order."""

    id: int
    service_pk: int
    checked_at: datetime
    status: Status
    message: str
    response_ms: float | None
    phases: Mapping[str, float]
    metrics: Mapping[str, float]
