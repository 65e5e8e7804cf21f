"""Asks for what must not be seen while it is typed."""

import getpass

from monitor_app.errors import InvalidInput


def asked(field: str, *, is_new: bool) -> str:
    """What somebody types on this terminal; twice when it is new. Raises InvalidInput."""
    try:
        text = getpass.getpass(f"{field.capitalize()}: ")
        if is_new and getpass.getpass("Once more: ") != text:
            raise InvalidInput({field: "must be the same both times"})
    except EOFError:  # Ctrl-D
        print()
        raise InvalidInput({field: "was not given"}) from None
    return text
