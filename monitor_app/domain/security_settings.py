"""What an administrator decides about access and about where the program may connect to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import timedelta
from typing import Any, Final, Self

from monitor_app.domain.outbound import parse_rule
from monitor_app.domain.version import content_version
from monitor_app.errors import InvalidInput

ENTRIES_LIMIT: Final = 200
# Field name to the least and the most, for messages and forms.
NUMBERS: Final[Mapping[str, tuple[int, int]]] = {
    "idle_minutes": (5, 7 * 24 * 60),
    "absolute_hours": (1, 30 * 24),
    "kept_idle_days": (1, 365),
    "kept_absolute_days": (1, 365),
}


@dataclass(frozen=True, slots=True)
class SecuritySettings:
    """The settings as they count; the defaults are those of a private installation.

    A session ends when it was not used for the idle time, and after the absolute time however much it is used; with
    "keep me logged in" the `kept_` times count instead. `outbound_private` lets checks connect to private and loopback
    addresses; `outbound_allow` and `outbound_deny` are rules of domain/outbound.py, as text in their normal form.
    """

    is_board_public: bool = False
    idle_minutes: int = 720
    absolute_hours: int = 24
    kept_idle_days: int = 30
    kept_absolute_days: int = 90
    outbound_private: bool = True
    outbound_allow: tuple[str, ...] = ()
    outbound_deny: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """What is missing has its default. Raises InvalidInput as `changed` does."""
        return cls().changed(values)

    def to_dict(self) -> dict[str, Any]:
        """As JSON: the entries are lists."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @property
    def version(self) -> str:
        """Another one whenever anything of them is another."""
        return content_version(self.to_dict())

    def changed(self, values: Mapping[str, Any]) -> Self:
        """With these values instead. Raises InvalidInput with a message for each wrong or unknown one."""
        known = {field.name for field in fields(self)}
        problems = {str(name)[:60]: "is not a setting" for name in values if name not in known}
        checked: dict[str, Any] = {}
        for name, value in values.items():
            if name in known:
                try:
                    checked[name] = _checker(name)(value)
                except ValueError as err:
                    problems[name] = str(err)
        if problems:
            raise InvalidInput(problems)
        return replace(self, **checked)

    def idle(self, *, is_kept: bool) -> timedelta:
        """How long a session may lie unused."""
        return timedelta(days=self.kept_idle_days) if is_kept else timedelta(minutes=self.idle_minutes)

    def absolute(self, *, is_kept: bool) -> timedelta:
        """How long a session may last."""
        return timedelta(days=self.kept_absolute_days) if is_kept else timedelta(hours=self.absolute_hours)


def _checker(name: str) -> Callable[[Any], Any]:
    if name in NUMBERS:
        return lambda value: _number(value, *NUMBERS[name])
    return _entries if name in ("outbound_allow", "outbound_deny") else _flag


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, got {_shown(value)}")
    return value


def _number(value: Any, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(f"must be a whole number from {least} to {most}, got {_shown(value)}")
    return value


def _entries(value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"must be a list of networks and host names, got {_shown(value)}")
    given = list(value)
    if len(given) > ENTRIES_LIMIT:
        raise ValueError(f"must be at most {ENTRIES_LIMIT} entries, got {len(given)}")
    return tuple(dict.fromkeys(_entry(entry) for entry in given))


def _entry(entry: Any) -> str:
    """In its normal form."""
    if not isinstance(entry, str):
        raise ValueError(f"must be a list of networks and host names, got {_shown(entry)} in it")
    return str(parse_rule(entry.strip()))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
