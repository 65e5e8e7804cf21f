"""What a username may look like: plain ASCII, so that no two look alike."""

import re
from typing import Any, Final

from monitor_app.domain.given import given_text, shown
from monitor_app.errors import InvalidInput

LONGEST: Final = 64
# What the audit log calls those who have no account.
RESERVED: Final = frozenset({"anonymous", "system", "unknown", "nobody", "command-line", "wall"})
_ALLOWED = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?")


def check_username(value: Any) -> str:
    """The name in lower case. Raises InvalidInput (field `username`)."""
    name = given_text("username", value, LONGEST).lower()
    if not _ALLOWED.fullmatch(name):
        raise InvalidInput(
            {
                "username": f"must be letters a-z, digits, and . _ @ + - between them, at most {LONGEST}, "
                f"got {shown(value)}"
            }
        )
    if name in RESERVED:
        raise InvalidInput({"username": f"must be another one: {name} has a meaning in the audit log"})
    return name


def same_username(value: Any) -> str:
    """What a log-in says, as it is looked up: never refused, "" for what nobody can be called."""
    name = value.strip().lower() if isinstance(value, str) else ""
    return name if _ALLOWED.fullmatch(name) else ""
