"""Which names and values a person may have sent along, as HTTP headers or gRPC metadata."""

import re
from collections.abc import Collection, Mapping

from monitor_app.redact import is_secret_name

HEADERS_LIMIT = 50
VALUE_LIMIT = 8192
# Their values are secrets: not to be shown, exported or logged.
SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "api-key")

# RFC 9110, section 5.6.2: a token.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")


def secret_values(headers: Mapping[str, str]) -> list[str]:
    """What the other side may repeat and nobody may see, longest first: whole values, and without their first word."""
    values = [value for name, value in headers.items() if is_secret_name(name)]
    values += [value.partition(" ")[2] for value in values]
    return sorted({value for value in values if value}, key=len, reverse=True)


def check_headers(headers: Mapping[str, str], ours: Collection[str]) -> None:
    """`ours` are lower-case names that nobody may set. Raises ValueError; the message never holds a value."""
    if len(headers) > HEADERS_LIMIT:
        raise ValueError(f"must be at most {HEADERS_LIMIT}, got {len(headers)}")
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("must name each one once; upper and lower case are the same")
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            raise ValueError(f"must have names of letters, digits and hyphens, got {name[:40]!r}")
        if name.lower() in ours:
            raise ValueError(f"must leave {name} to Lightbulb, which sets it as needed")
        _check_value(name, value)


def _check_value(name: str, value: str) -> None:
    if "\n" in value or "\r" in value:
        raise ValueError(f"must have values of one line; that of {name} has a line break")
    if any((ord(character) < 32 and character != "\t") or ord(character) == 127 for character in value):
        raise ValueError(f"must have values without control characters; that of {name} has one")
    if len(value) > VALUE_LIMIT:
        raise ValueError(f"must have values of at most {VALUE_LIMIT} characters; that of {name} is longer")
