"""How messages are paced and how often a delivery is tried: the settings, and what follows from a failure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from monitor_app.domain.alerting.grouping import Pace
from monitor_app.domain.given import given_number
from monitor_app.domain.version import content_version
from monitor_app.errors import InvalidInput

# Field name to the least and the most.
NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "group_seconds": (0, 300),
    "update_minutes": (1, 24 * 60),
    "repeat_minutes": (0, 7 * 24 * 60),
    "give_up_hours": (1, 72),
}
# For so long a page may be tried before it is said that its channel does not take it.
FAILING_AFTER: Final = timedelta(minutes=5)
FIRST_RETRY_SECONDS: Final = 2.0
RETRY_LIMIT_SECONDS: Final = 300.0
# Of a wait so much is left to chance, so that what failed together does not come again together.
JITTER: Final = 0.25
_DOUBLINGS_LIMIT: Final = 20


@dataclass(frozen=True, slots=True)
class AlertingSettings:
    """How much is told together, and how often.

    What happens within `group_seconds` is one message of a channel. An incident is told anew after `update_minutes` at
    the earliest, and after `repeat_minutes` (0: never) where nothing has changed. A message that cannot be delivered is
    tried for `give_up_hours`.
    """

    group_seconds: int = 10
    update_minutes: int = 5
    repeat_minutes: int = 240
    give_up_hours: int = 24

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @property
    def version(self) -> str:
        """Another one whenever anything of them is another."""
        return content_version(self.to_dict())

    @property
    def pace(self) -> Pace:
        """What counts for messages."""
        return Pace(
            timedelta(seconds=self.group_seconds),
            timedelta(minutes=self.update_minutes),
            timedelta(minutes=self.repeat_minutes) if self.repeat_minutes else None,
        )

    def changed(self, values: Mapping[str, Any]) -> Self:
        """With these values instead. Raises InvalidInput with a message for each wrong or unknown one."""
        known = {field.name for field in fields(self)}
        problems = {str(name)[:60]: "is not a setting of alerting" for name in values if name not in known}
        checked: dict[str, int] = {}
        for name in known & values.keys():
            try:
                checked[name] = given_number(name, values[name], *NUMBERS[name])
            except InvalidInput as err:
                problems |= err.fields
        if problems:
            raise InvalidInput(problems)
        return replace(self, **checked)


def retry_seconds(attempts: int, chance: float) -> float:
    """How long to wait after so many attempts that failed; `chance` is from 0 to 1."""
    wait = min(FIRST_RETRY_SECONDS * 2.0 ** min(max(attempts, 1) - 1, _DOUBLINGS_LIMIT), RETRY_LIMIT_SECONDS)
    return wait * (1 - JITTER * chance)


def next_attempt(
    now: datetime,
    began_at: datetime,
    attempts: int,
    chance: float,
    retry_after_seconds: float | None,
    give_up: timedelta,
) -> datetime | None:
    """When to try again; None: no more.

    A provider's wish to wait is kept to, but there is a last attempt when the time is over.
    """
    last = began_at + give_up
    if now >= last:
        return None
    wait = max(retry_seconds(attempts, chance), min(retry_after_seconds or 0.0, give_up.total_seconds()))
    return min(now + timedelta(seconds=wait), last)
