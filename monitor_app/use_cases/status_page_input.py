"""What somebody enters to describe a status page, and everything that is wrong with it by itself, told at once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from monitor_app.domain.given import given_lines, given_secret, given_text, shown
from monitor_app.domain.status_page import (
    DESCRIPTION_LIMIT,
    ENTRIES_LIMIT,
    ENTRY_DESCRIPTION_LIMIT,
    LOGO_BYTES,
    LOGO_TYPES,
    NAME_LIMIT,
    SECTION_LIMIT,
    TITLE_LIMIT,
    given_access,
    given_brand,
    given_host_name,
    given_slug,
    picture_type,
)
from monitor_app.errors import InvalidInput
from monitor_app.security.passwords import LONGEST

PASSWORD_SHORTEST: Final = 8
_ENTRY_FIELDS: Final = ("service_id", "public_name", "description", "section")


@dataclass(frozen=True, slots=True)
class EntryInput:
    """A service as a page shall show it."""

    service_id: str
    public_name: str
    description: str
    section: str


@dataclass(frozen=True, slots=True)
class PageInput:
    """What is given: `columns` as the table has them, and beside them what needs a look at the database.

    `password` "" and `entries` None: nothing is said of them.
    """

    columns: Mapping[str, Any]
    password: str
    entries: Sequence[EntryInput] | None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "PageInput":
        """Raises InvalidInput with a message for each wrong field."""
        problems = {str(name)[:60]: "is not a field of a status page" for name in values if name not in _CHECKS}
        found: dict[str, Any] = {}
        for name, check in _CHECKS.items():
            if name not in values:
                continue
            try:
                found[name] = check(values[name])
            except InvalidInput as err:
                problems |= err.fields
        if problems:
            raise InvalidInput(problems)
        password, entries = found.pop("password", ""), found.pop("entries", None)
        return cls(found, password, entries)


def given_logo(data: bytes) -> str:
    """What the picture is. Raises InvalidInput (field `logo`)."""
    if len(data) > LOGO_BYTES:
        raise InvalidInput({"logo": f"must have at most {LOGO_BYTES:,} bytes, got {len(data):,}"})
    found = picture_type(data)
    if not found:
        names = ", ".join(name.removeprefix("image/").upper() for name in LOGO_TYPES)
        raise InvalidInput({"logo": f"must be a picture of one of these sorts: {names}"})
    return found


def given_flag(field: str, value: Any) -> bool:
    """Raises InvalidInput on `field`."""
    if not isinstance(value, bool):
        raise InvalidInput({field: f"must be true or false, got {shown(value)}"})
    return value


def _password(value: Any) -> str:
    if value in (None, ""):
        return ""
    text = given_secret("password", value, LONGEST)
    if len(text) < PASSWORD_SHORTEST:
        raise InvalidInput({"password": f"must have at least {PASSWORD_SHORTEST} characters, got {len(text)}"})
    return text


def _entries(value: Any) -> list[EntryInput]:
    """In their order, those of one section together. Raises InvalidInput (fields such as `entries.3.public_name`)."""
    if not isinstance(value, list | tuple):
        raise InvalidInput({"entries": f"must be a list, got {shown(value)}"})
    if len(value) > ENTRIES_LIMIT:
        raise InvalidInput({"entries": f"must be at most {ENTRIES_LIMIT} services, got {len(value)}"})
    problems: dict[str, str] = {}
    found: list[EntryInput] = []
    for number, each in enumerate(value):
        try:
            found.append(_entry(each))
        except InvalidInput as err:
            problems |= {f"entries.{number}.{name}": text for name, text in err.fields.items()}
    seen: set[str] = set()
    for number, entry in enumerate(found):
        if entry.service_id in seen:
            problems.setdefault(f"entries.{number}.service_id", f"must stand once: {entry.service_id} is there twice")
        seen.add(entry.service_id)
    if problems:
        raise InvalidInput(problems)
    sections = list(dict.fromkeys(entry.section for entry in found))
    return sorted(found, key=lambda entry: sections.index(entry.section))


def _entry(value: Any) -> EntryInput:
    if not isinstance(value, Mapping):
        raise InvalidInput({"entry": f"must be an object, got {shown(value)}"})
    problems = {str(name)[:60]: "is not a field of an entry" for name in value if name not in _ENTRY_FIELDS}
    found: dict[str, str] = {}
    for name, longest, is_required in (
        ("service_id", 63, True),
        ("public_name", NAME_LIMIT, True),
        ("description", ENTRY_DESCRIPTION_LIMIT, False),
        ("section", SECTION_LIMIT, False),
    ):
        try:
            found[name] = given_text(name, value.get(name, ""), longest, is_required=is_required)
        except InvalidInput as err:
            problems |= err.fields
    if problems:
        raise InvalidInput(problems)
    return EntryInput(**found)


_CHECKS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "slug": given_slug,
    "title": lambda value: given_text("title", value, TITLE_LIMIT),
    "description": lambda value: given_lines("description", value, DESCRIPTION_LIMIT, is_required=False),
    "colour": given_brand,
    "host_name": given_host_name,
    "access": given_access,
    "is_indexed": lambda value: given_flag("is_indexed", value),
    "password": _password,
    "entries": _entries,
}
