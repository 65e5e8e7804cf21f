"""What somebody may choose about how they see the screens."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from monitor_app.domain.account import DENSITIES, HISTORY_GRANULARITIES, REFRESH_SECONDS, THEMES, Preferences
from monitor_app.domain.given import given_text, shown
from monitor_app.errors import InvalidInput

# BCP 47: a language, then script, region or variants.
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8}){0,3}")
# A page of this program: never another host, never a script.
_PATH = re.compile(r"/(?:[a-zA-Z0-9_-]+(?:/[a-zA-Z0-9_-]+)*/?)?")


def changed(before: Preferences, values: Mapping[str, Any]) -> Preferences:
    """With these values instead; what is not named stays. Raises InvalidInput with a message for each wrong one."""
    if not isinstance(values, Mapping):
        raise InvalidInput({"preferences": f"must be names with values, got {shown(values)}"})
    problems: dict[str, str] = {}
    taken: dict[str, Any] = {}
    for name, value in values.items():
        check = _CHECKS.get(name)
        if check is None:
            problems[str(name)[:60]] = "is not a preference"
            continue
        try:
            taken[name] = check(value)
        except InvalidInput as err:
            problems |= err.fields
    if problems:
        raise InvalidInput(problems)
    return replace(before, **taken)


def _time_zone(value: Any) -> str:
    name = given_text("time_zone", value, 64, is_required=False)
    if name and name != "UTC":  # known without the system's time zone database
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as err:
            raise InvalidInput({"time_zone": f"must be a name such as Europe/Berlin, got {shown(value)}"}) from err
    return name


def _date_language(value: Any) -> str:
    tag = given_text("date_language", value, 35, is_required=False)
    if tag and not _LANGUAGE.fullmatch(tag):
        raise InvalidInput({"date_language": f"must be a language such as en-GB or de, got {shown(value)}"})
    return tag


def _theme(value: Any) -> str:
    if value not in THEMES:
        raise InvalidInput({"theme": f"must be one of {', '.join(THEMES)}, got {shown(value)}"})
    return str(value)


def _default_page(value: Any) -> str:
    path = given_text("default_page", value, 100)
    if not _PATH.fullmatch(path):
        raise InvalidInput({"default_page": f"must be a page of this program such as /, got {shown(value)}"})
    return path


def _history_granularity(value: Any) -> int:
    return _one_of("history_granularity", value, HISTORY_GRANULARITIES, "minutes")


def _refresh_seconds(value: Any) -> int:
    return _one_of("refresh_seconds", value, REFRESH_SECONDS, "seconds")


def _density(value: Any) -> str:
    if value not in DENSITIES:
        raise InvalidInput({"density": f"must be one of {', '.join(DENSITIES)}, got {shown(value)}"})
    return str(value)


def _switch(name: str) -> Callable[[Any], bool]:
    def check(value: Any) -> bool:
        if not isinstance(value, bool):
            raise InvalidInput({name: f"must be true or false, got {shown(value)}"})
        return value

    return check


def _one_of(name: str, value: Any, allowed: Sequence[int], unit: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
        raise InvalidInput({name: f"must be one of {', '.join(map(str, allowed))} {unit}, got {shown(value)}"})
    return value


_CHECKS: Mapping[str, Callable[[Any], str | int | bool]] = {
    "time_zone": _time_zone,
    "date_language": _date_language,
    "theme": _theme,
    "default_page": _default_page,
    "history_granularity": _history_granularity,
    "auto_refresh": _switch("auto_refresh"),
    "refresh_seconds": _refresh_seconds,
    "density": _density,
    "tour_seen": _switch("tour_seen"),
}
