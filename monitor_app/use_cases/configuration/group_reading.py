"""Reads a group of a configuration file: what it says, and what is wrong with that by itself."""

from collections.abc import Callable
from typing import Any

from monitor_app.domain.service import GROUP_LIMIT
from monitor_app.errors import InvalidInput
from monitor_app.security.placed import Placed
from monitor_app.use_cases.configuration.document import GROUP_DESCRIPTION_LIMIT, GROUP_FIELDS, GroupEntry, Place
from monitor_app.use_cases.group_input import given_rollup

# Notes that something is wrong: what, the path of the field, and what is allowed.
Wrong = Callable[[Placed, str, str], None]
# The text of a field: of which object, the field's name, the path of the object, and how long it may be.
Text = Callable[[Placed, str, str, int], str]


def read_group(name: str, placed: Placed, path: str, place: Place, wrong: Wrong, text: Text) -> GroupEntry | None:
    """The entry; None when there cannot be a group of that name."""
    is_wrong = not name.strip() or name != name.strip() or len(name) > GROUP_LIMIT or not name.isprintable()
    if is_wrong:
        allowed = f"a group's name must be 1 to {GROUP_LIMIT} characters without blanks around and line breaks"
        wrong(placed, path, allowed)
    for field_name, value in placed.value.items():
        if field_name not in GROUP_FIELDS:
            fields = ", ".join(GROUP_FIELDS)
            wrong(value, f"{path}.{field_name}", f"is not a field of a group: must be {fields}")
    description = text(placed, "description", path, GROUP_DESCRIPTION_LIMIT)
    parent = text(placed, "parent", path, GROUP_LIMIT)
    rollup = _rollup(placed, path, wrong)
    return None if is_wrong else GroupEntry(name, description, parent, rollup, place)


def _rollup(placed: Placed, path: str, wrong: Wrong) -> dict[str, Any] | None:
    """How its status follows, weights by service_id; None for the worst, and for what is wrong."""
    given = placed.value.get("rollup", Placed(None, placed.file, placed.line))
    try:
        return given_rollup("rollup", given.plain()).document()
    except InvalidInput as err:
        for name, allowed in err.fields.items():
            wrong(given, f"{path}.{name}", allowed)
        return None
