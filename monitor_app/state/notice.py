"""What the server tells one browser by itself, past its states: a word, or that it has to load its page anew.

Reflex's own toasts are scripts that the browser would have to evaluate, which our Content-Security-Policy forbids.
"""

import secrets
from typing import Any, Final, Literal

import reflex as rx
from reflex.state import StateUpdate
from reflex_base.constants.state import FIELD_MARKER

# What becomes of a page whose session is not what it was: off to the log-in, or the same page once more.
Leave = Literal["login", "reload"]

TOO_FAST: Final = "This page asks for more than it may; wait a moment, then try again"


class Notices(rx.State):
    """Written by nobody but `tell` and `send_away`, past the copy that the server keeps; that one stays empty."""

    notice: dict[str, str] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    leave: str = ""


def tell(text: str, tone: str = "failed") -> StateUpdate:
    """Show a text as a toast."""
    return _update(notice={"id": secrets.token_hex(6), "text": text, "tone": tone, "action": ""})


def send_away(how: Leave) -> StateUpdate:
    """Have the browser leave the page that it shows."""
    return _update(leave=how)


def _update(**values: Any) -> StateUpdate:
    return StateUpdate(delta={Notices.get_full_name(): {name + FIELD_MARKER: value for name, value in values.items()}})
