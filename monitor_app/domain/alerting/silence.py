"""A silence: alerts that nobody is to be told of until a moment."""

from dataclasses import dataclass
from datetime import UTC, datetime

from monitor_app.domain.alerting.scope import Scope


@dataclass(frozen=True, slots=True)
class Silence:
    """Of the services of a scope, and of one rule where it names one."""

    pk: int
    scope: Scope
    rule_pk: int | None
    starts_at: datetime
    ends_at: datetime
    who: str
    reason: str

    def is_active(self, now: datetime) -> bool:
        """Whether it silences anything now."""
        return self.starts_at <= now < self.ends_at

    @property
    def words(self) -> str:
        """`silenced by ada until 2026-05-17 14:00 UTC: a new disk`."""
        by = f" by {self.who}" if self.who else ""
        reason = f": {self.reason}" if self.reason else ""
        return f"silenced{by} until {self.ends_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC{reason}"
