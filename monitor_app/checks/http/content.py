"""What is sent along: text as it is, JSON, or the fields of a form."""

import json
from typing import Any, Literal
from urllib.parse import urlencode

BodyType = Literal["raw", "json", "form"]

CONTENT_TYPES: dict[BodyType, str] = {
    "raw": "",
    "json": "application/json",
    "form": "application/x-www-form-urlencoded",
}


def check_content(body: str, body_type: BodyType) -> None:
    """Raises ValueError, saying where it is wrong; the message holds nothing of the body."""
    sent_content(body, body_type)


def sent_content(body: str, body_type: BodyType) -> str:
    """What goes over the wire. Raises ValueError."""
    match body_type:
        case "raw":
            return body
        case "json":
            _check_json(body)
            return body
        case "form":
            return urlencode(_fields(body))


def _check_json(body: str) -> None:
    if not body.strip():
        return
    try:
        json.loads(body, parse_constant=_no_constant)
    except json.JSONDecodeError as err:
        raise ValueError(
            f"must be JSON when body_type is json: {err.msg} at line {err.lineno}, character {err.colno}"
        ) from err
    except (ValueError, RecursionError) as err:
        raise ValueError("must be JSON when body_type is json: it has NaN, Infinity or is nested too deeply") from err


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _fields(body: str) -> list[tuple[str, str]]:
    fields = []
    for number, line in enumerate(body.splitlines(), 1):
        name, colon, value = line.partition(":")
        if line.strip() and not (colon and name.strip()):
            raise ValueError(f"must have one `name: value` a line when body_type is form; line {number} has none")
        if line.strip():
            fields.append((name.strip(), value.strip()))
    return fields
