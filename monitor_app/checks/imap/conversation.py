"""IMAP as a client speaks it that reads no mail (RFC 9051, RFC 3501).

What the server says stands in errors as it came, perhaps with what it was sent: see the probe, which makes it harmless.
"""

import base64

from monitor_app.net.failures import BadAnswer
from monitor_app.net.lines import LineReader
from monitor_app.net.stream import Stream

_LINES_LIMIT = 100


class Conversation:
    """Methods in the order in which they are called; all raise BadAnswer and what the stream raises."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._lines = LineReader(stream)
        self._count = 0
        self._offers: set[str] = set()

    async def greet(self) -> str:
        """The server's greeting, after it told what it can do."""
        greeting = await self._line()
        if greeting.upper().startswith("* BYE"):
            raise BadAnswer(f"the mailbox server turns everybody away: {greeting[2:]}")
        if not greeting.upper().startswith(("* OK", "* PREAUTH")):
            raise BadAnswer(f"the greeting is not IMAP: {greeting}")
        await self.introduce()
        return greeting[2:]

    async def introduce(self) -> None:
        """CAPABILITY, before and again after TLS."""
        told: list[str] = []
        answer = await self._ask("CAPABILITY", told)
        if not answer.upper().startswith("OK"):
            raise BadAnswer(f"the mailbox server refuses CAPABILITY: {answer}")
        self._offers = {
            word for line in told if line.upper().startswith("* CAPABILITY ") for word in line.upper().split()[2:]
        }

    async def start_tls(self) -> None:
        """When it returns, the handshake may begin."""
        if "STARTTLS" not in self._offers:
            raise BadAnswer("the mailbox server does not offer STARTTLS")
        answer = await self._ask("STARTTLS")
        if not answer.upper().startswith("OK"):
            raise BadAnswer(f"the mailbox server refuses STARTTLS: {answer}")
        self._lines.must_be_empty()

    async def log_in(self, user: str, password: str) -> None:
        """With AUTHENTICATE PLAIN, else with LOGIN."""
        if "AUTH=PLAIN" in self._offers:
            secret = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
            answer = await self._ask("AUTHENTICATE PLAIN", continuation=secret)
        elif "LOGINDISABLED" in self._offers:
            raise BadAnswer("the mailbox server does not offer to log in (LOGINDISABLED)")
        elif not (user + password).isascii():
            raise BadAnswer("the mailbox server takes only letters of ASCII in user and password (no AUTH=PLAIN)")
        else:
            answer = await self._ask(f"LOGIN {_quoted(user)} {_quoted(password)}")
        if answer.upper().startswith("NO"):
            raise BadAnswer(f"password refused for user {user!r}: {answer}")
        if not answer.upper().startswith("OK"):
            raise BadAnswer(f"log-in refused: {answer}")

    async def say_goodbye(self) -> None:
        """LOGOUT, and the server's answer."""
        await self._ask("LOGOUT")

    async def _ask(self, command: str, told: list[str] | None = None, *, continuation: str = "") -> str:
        """The answer to a command, without its tag; what was told before that goes to `told`."""
        self._count += 1
        tag = f"a{self._count}"
        what = command.partition(" ")[0]
        await self._stream.write(f"{tag} {command}\r\n".encode())
        for _ in range(_LINES_LIMIT):
            line = await self._line()
            if line.lower().startswith(f"{tag} "):
                return line[len(tag) + 1 :]
            if line.startswith("+") and continuation:
                await self._stream.write(f"{continuation}\r\n".encode())
                continuation = ""
            elif line.startswith("* "):
                if told is not None:
                    told.append(line)
            else:
                raise BadAnswer(f"the answer to {what} is not IMAP: {line}")
        raise BadAnswer(f"the mailbox server answers {what} with more than {_LINES_LIMIT} lines")

    async def _line(self) -> str:
        return (await self._lines.line()).decode("utf-8", "replace")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
