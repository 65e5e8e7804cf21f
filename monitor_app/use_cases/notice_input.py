"""What somebody enters to tell readers of status pages about an incident or a maintenance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from monitor_app.domain.given import given_lines, given_text, given_texts, shown
from monitor_app.domain.notice import (
    IMPACTS,
    INCIDENT,
    KINDS,
    PAGES_LIMIT,
    SERVICES_LIMIT,
    STATES,
    TEXT_LIMIT,
    TITLE_LIMIT,
    given_choice,
)
from monitor_app.errors import InvalidInput

FIELDS: Final = ("kind", "title", "impact", "starts_at", "ends_at", "pages", "services")
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NoticeInput:
    """What is given: `columns` as the table has them; `pages` by slug and `services` by service_id, None: not said."""

    columns: Mapping[str, Any]
    pages: list[str] | None
    services: list[str] | None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "NoticeInput":
        """Raises InvalidInput with a message for each wrong field."""
        problems = {str(name)[:60]: "is not a field of a notice" for name in values if name not in FIELDS}
        found: dict[str, Any] = {}
        for name, value in values.items():
            if name in problems:
                continue
            try:
                found[name] = _checked(name, value)
            except InvalidInput as err:
                problems |= err.fields
        starts_at, ends_at = found.get("starts_at"), found.get("ends_at")
        if starts_at and ends_at and ends_at < starts_at:
            problems["ends_at"] = "must not be before the beginning"
        if problems:
            raise InvalidInput(problems)
        pages, services = found.pop("pages", None), found.pop("services", None)
        return cls(found, pages, services)


@dataclass(frozen=True, slots=True)
class UpdateInput:
    """One update; `at` None: now."""

    state: str
    text: str
    at: datetime | None

    @classmethod
    def parse(cls, kind: str, values: Mapping[str, Any]) -> "UpdateInput":
        """Raises InvalidInput with a message for each wrong field."""
        problems: dict[str, str] = {}
        found: dict[str, Any] = {"at": None}
        for name in ("state", "text", "at"):
            if name not in values and name == "at":
                continue
            try:
                if name == "state":
                    found[name] = given_choice("state", values.get("state"), STATES[kind])
                elif name == "text":
                    found[name] = given_lines("text", values.get("text", ""), TEXT_LIMIT)
                else:
                    found[name] = given_moment("at", values["at"])
            except InvalidInput as err:
                problems |= err.fields
        if problems:
            raise InvalidInput(problems)
        return cls(**found)


def parse_new(kind: str, notice: Mapping[str, Any], update: Mapping[str, Any]) -> tuple[NoticeInput, UpdateInput]:
    """A notice and what it tells first. Raises InvalidInput with a message for each wrong field of both."""
    try:
        wanted = NoticeInput.parse(notice)
    except InvalidInput as err:
        try:
            UpdateInput.parse(kind, update)
        except InvalidInput as too:
            raise InvalidInput({**err.fields, **too.fields}) from err
        raise
    return wanted, UpdateInput.parse(kind, update)


def given_moment(field: str, value: Any) -> datetime | None:
    """An aware time between 2000 and 2200, or None. Raises InvalidInput on `field`."""
    if value is None:
        return None
    if not isinstance(value, datetime) or value.tzinfo is None or not _EARLIEST <= value <= _LATEST:
        raise InvalidInput({field: f"must be a time with its zone, between 2000 and 2200, got {shown(str(value))}"})
    return value.astimezone(UTC)


def _checked(name: str, value: Any) -> Any:
    match name:
        case "kind":
            return given_choice("kind", value, KINDS)
        case "impact":
            return given_choice("impact", value, IMPACTS)
        case "title":
            return given_text("title", value, TITLE_LIMIT)
        case "starts_at" | "ends_at":
            return given_moment(name, value)
        case "pages":
            return given_texts("pages", value, PAGES_LIMIT, 63)
        case _:
            return given_texts("services", value, SERVICES_LIMIT, 63)


def first_state(kind: str) -> str:
    """What a new notice says of itself when nobody says otherwise."""
    return STATES[kind][0]


def default_impact(kind: str) -> str:
    """The same of how much of it is felt."""
    return "minor" if kind == INCIDENT else "none"
