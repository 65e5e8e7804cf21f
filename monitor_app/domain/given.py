"""Plain values from outside, checked to be what they should be: any client may send anything."""

from typing import Any

from monitor_app.errors import InvalidInput

_SHOWN = 60


def given_text(field: str, value: Any, longest: int, *, is_required: bool = True) -> str:
    """The text without spaces around it. Raises InvalidInput on `field`."""
    if not isinstance(value, str):
        raise InvalidInput({field: f"must be a text, got {shown(value)}"})
    text = value.strip()
    if is_required and not text:
        raise InvalidInput({field: "is required"})
    if len(text) > longest:
        raise InvalidInput({field: f"must have at most {longest} characters, got {len(text)}"})
    if not text.isprintable():
        raise InvalidInput({field: f"must be one line without control characters, got {shown(text)}"})
    return text


def given_secret(field: str, value: Any, longest: int) -> str:
    """The text as it is, never repeated in a message. Raises InvalidInput on `field`."""
    if not isinstance(value, str) or not value:
        raise InvalidInput({field: "is required"})
    if len(value) > longest:
        raise InvalidInput({field: f"must have at most {longest} characters, got {len(value)}"})
    return value


def given_number(field: str, value: Any, least: int, most: int) -> int:
    """A whole number in these bounds. Raises InvalidInput on `field`."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidInput({field: f"must be a whole number from {least} to {most}, got {shown(value)}"})
    return value


def given_pk(field: str, value: Any) -> int:
    """The number of a row, as both databases can look it up. Raises InvalidInput on `field`."""
    return given_number(field, value, 1, 2**31 - 1)


def given_texts(field: str, value: Any, most: int, longest: int) -> list[str]:
    """Texts, doubles dropped. Raises InvalidInput on `field`."""
    if isinstance(value, str) or not isinstance(value, list | tuple | set | frozenset):
        raise InvalidInput({field: f"must be a list of texts, got {shown(value)}"})
    if len(value) > most:
        raise InvalidInput({field: f"must be at most {most} entries, got {len(value)}"})
    return list(dict.fromkeys(given_text(field, entry, longest) for entry in value))


def shown(value: Any) -> str:
    """A value as a message repeats it."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def given_lines(field: str, value: Any, longest: int, *, is_required: bool = True) -> str:
    """The same of several lines, each without spaces at its end. Raises InvalidInput on `field`."""
    if not isinstance(value, str):
        raise InvalidInput({field: f"must be a text, got {shown(value)}"})
    text = "\n".join(line.rstrip() for line in value.replace("\r\n", "\n").split("\n")).strip()
    if is_required and not text:
        raise InvalidInput({field: "is required"})
    if len(text) > longest:
        raise InvalidInput({field: f"must have at most {longest} characters, got {len(text)}"})
    if not text.replace("\n", "").isprintable():
        raise InvalidInput({field: f"must have no control characters but line breaks, got {shown(text)}"})
    return text
