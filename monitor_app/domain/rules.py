"""The rules by which a service is judged: how many results it takes, and how soon the next one is wanted."""

from dataclasses import dataclass

from monitor_app.domain.schedule import phase_seconds
from monitor_app.domain.thresholds import Threshold

RETRY_MIN_SECONDS = 10.0
RETRY_MAX_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Rules:
    """How one service is judged; the defaults are those of most kinds.

    `breaker_failures` 0 means that the circuit breaker never opens by itself. `retry_seconds` is how soon the next
    check is wanted while something is not confirmed; None: at its next slot.
    """

    failures_to_fail: int = 3
    successes_to_recover: int = 2
    starting_seconds: float = 0
    breaker_failures: int = 5
    breaker_seconds: float = 300
    retry_seconds: float | None = None
    thresholds: tuple[Threshold, ...] = ()


def retry_seconds(service_id: str, interval_seconds: float) -> float | None:
    """10 to 15 s by a stable hash, so that those that fail together are not retried together.

    None where the next slot comes sooner anyway.
    """
    spread = phase_seconds(f"{service_id} retry", RETRY_MAX_SECONDS - RETRY_MIN_SECONDS)
    wait = RETRY_MIN_SECONDS + spread
    return wait if wait < interval_seconds else None
