"""How IMAP is spoken."""

from typing import Any

import pytest

from monitor_app.checks.imap.conversation import Conversation


class Wire:
    """Answers each command with OK, and keeps what was said."""

    address = "192.0.2.1"

    def __init__(self) -> None:
        self.said: list[bytes] = []
        self._answers = [b"* OK hi\r\n"]

    async def read(self, max_bytes: int) -> bytes:
        return self._answers.pop(0)

    async def write(self, data: bytes) -> None:
        self.said.append(data)
        self._answers.append(data.split()[0] + b" OK\r\n")

    def close(self) -> None: ...


@pytest.mark.parametrize(
    ("user", "password", "said"),
    [
        ("anna", "toad", b'a2 LOGIN "anna" "toad"\r\n'),
        ('an"na', "to\\ad {3}", b'a2 LOGIN "an\\"na" "to\\\\ad {3}"\r\n'),
    ],
)
async def test_quotes_cannot_leave_their_string(user: str, password: str, said: bytes) -> None:
    wire: Any = Wire()
    conversation = Conversation(wire)
    await conversation.greet()
    await conversation.log_in(user, password)
    assert wire.said[-1] == said
