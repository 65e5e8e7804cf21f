"""Texts that people write in place of the standard ones: `{{name}}` of a fixed list, and nothing else.

What a name stands for is put in as it is and never looked at again, so a value that looks like a name stays text.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from monitor_app.domain.given import given_lines, given_text, shown
from monitor_app.errors import InvalidInput

TITLE_LIMIT: Final = 200
BODY_LIMIT: Final = 4000
# Each name, and what stands in its place.
NAMES: Final[Mapping[str, str]] = {
    "title": "the standard title, such as: db-main is down",
    "text": "the standard text, all of it",
    "summary": "the standard text's first sentence",
    "event": "trigger, acknowledge or resolve",
    "severity": "info, warning or critical",
    "service": "the service that it began with",
    "service_id": "the same as in addresses",
    "cause": "the probable cause",
    "since": "when it began",
    "duration": "how long it has been so",
    "firing": "how many alerts are firing",
    "resolved": "how many are resolved",
    "alerts": "the most important alerts, one a line",
    "affected": "the services that it affects, by name",
    "affected_count": "how many these are",
    "acknowledged_by": "who has acknowledged it",
    "note": "why it is told now, where that is not plain",
    "link": "the address of the incident",
}
# Which texts there are, and how long each may be.
TEXTS: Final[Mapping[str, int]] = {"title": TITLE_LIMIT, "body": BODY_LIMIT}

_PLACE: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def given_templates(value: Any) -> dict[str, str]:
    """Templates by the name of their text; blank ones are left out.

    Raises InvalidInput on `template_title` or `template_body`, saying which names there are.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput({"templates": f"must be an object with {' and '.join(TEXTS)}, got {shown(value)}"})
    if strange := [name for name in value if name not in TEXTS]:
        raise InvalidInput({"templates": f"must have {' and '.join(TEXTS)} only, got {shown(strange[0])}"})
    found: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name, limit in TEXTS.items():
        field = f"template_{name}"
        given = given_text if name == "title" else given_lines
        try:
            text = given(field, value.get(name) or "", limit, is_required=False)
            _must_be_known(field, text)
        except InvalidInput as err:
            wrong |= err.fields
        else:
            found |= {name: text} if text else {}
    if wrong:
        raise InvalidInput(wrong)
    return found


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with values in the place of names; one that there is no value for stands for nothing."""
    return _PLACE.sub(lambda found: values.get(found[1], ""), template)


def _must_be_known(field: str, text: str) -> None:
    allowed = ", ".join(f"{{{{{name}}}}}" for name in NAMES)
    for found in _PLACE.finditer(text):
        if found[1] not in NAMES:
            raise InvalidInput({field: f"must only use the names {allowed}, got {shown(found[0])}"})
    if "{{" in _PLACE.sub("", text):
        raise InvalidInput({field: f"must close each {{{{ with }}}}, around one of the names {allowed}"})
