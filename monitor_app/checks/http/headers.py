"""Headers that are sent, and headers that are expected of the answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor_app.checks.http.patterns import Pattern
from monitor_app.redact import is_secret_name

HEADERS_LIMIT = 50
HEADER_VALUE_LIMIT = 8192
# Their values are secrets: not to be shown, exported or logged.
SECRET_HEADERS = ("authorization", "proxy-authorization", "cookie", "x-api-key", "x-auth-token", "api-key")

# RFC 9110, section 5.6.2: a token.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_OURS = {"content-length", "transfer-encoding", "connection", "upgrade"}


@dataclass(frozen=True)
class HeaderCondition:
    """What one header of the answer must be: there, a text, or a match for a pattern."""

    name: str
    text: str = ""
    pattern: Pattern | None = None

    @property
    def shown(self) -> str:
        """What is expected, for a message."""
        if is_secret_name(self.name):
            return "as expected"
        return self.text if self.pattern else repr(self.text)

    async def holds(self, values: Sequence[str]) -> bool:
        """Whether one of the values is as expected; headers that come several times have several."""
        if self.pattern is not None:
            return any([await self.pattern.is_in(value.encode()) for value in values])
        return not self.text or self.text in (*values, ", ".join(values))


def header_conditions(expected: Mapping[str, str]) -> tuple[HeaderCondition, ...]:
    """`name: value` is the whole value, `name: /pattern/` a part of it, `name:` anything. Raises ValueError."""
    return tuple(_condition(name, value.strip()) for name, value in expected.items())


def _condition(name: str, value: str) -> HeaderCondition:
    _check_name(name)
    if len(value) < 2 or not (value.startswith("/") and value.endswith("/")):
        return HeaderCondition(name, value)
    try:
        return HeaderCondition(name, value, Pattern(value[1:-1]))
    except ValueError as err:
        raise ValueError(f"{name}: {err}") from err


def check_sent_headers(headers: Mapping[str, str]) -> None:
    """Raises ValueError; the message never holds a value."""
    check_each_once(headers)
    for name, value in headers.items():
        _check_sent(name, value)


def check_each_once(headers: Mapping[str, str]) -> None:
    """Raises ValueError."""
    if len(headers) > HEADERS_LIMIT:
        raise ValueError(f"must be at most {HEADERS_LIMIT}, got {len(headers)}")
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("must name each header once; upper and lower case are the same")


def check_value(name: str, value: str) -> None:
    """What cannot be part of a header's value. Raises ValueError without the value."""
    if "\n" in value or "\r" in value:
        raise ValueError(f"must have values of one line; that of {name} has a line break")
    if any((ord(character) < 32 and character != "\t") or ord(character) == 127 for character in value):
        raise ValueError(f"must have values without control characters; that of {name} has one")
    if len(value) > HEADER_VALUE_LIMIT:
        raise ValueError(f"must have values of at most {HEADER_VALUE_LIMIT} characters; that of {name} is longer")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"must have names of letters, digits and hyphens, got {name[:40]!r}")


def _check_sent(name: str, value: str) -> None:
    _check_name(name)
    if name.lower() in _OURS:
        raise ValueError(f"must leave {name} to Lightbulb, which sets it as needed")
    check_value(name, value)
