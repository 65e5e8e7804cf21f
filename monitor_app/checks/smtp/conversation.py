"""SMTP as a client speaks it that sends nothing (RFC 5321, RFC 3207, RFC 4954).

What the server says stands in errors as it came, perhaps with what it was sent: see the probe, which makes it harmless.
"""

import base64
from dataclasses import dataclass

from monitor_app.net.failures import BadAnswer
from monitor_app.net.lines import LineReader
from monitor_app.net.starttls import SMTP_NAME
from monitor_app.net.stream import Stream

_LINES_LIMIT = 100
# RFC 4954, section 6: 535 is "credentials invalid"; some say 530, 534 or 454 instead.
_BAD_CREDENTIALS = 535


@dataclass(frozen=True, slots=True)
class _Reply:
    code: int
    texts: list[str]

    def __str__(self) -> str:
        return f"{self.code} {' '.join(self.texts)}".strip()


class Conversation:
    """Methods in the order in which they are called; all raise BadAnswer and what the stream raises."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._lines = LineReader(stream)
        self._offers: list[str] = []

    async def greet(self) -> str:
        """The server's greeting, after our own was taken."""
        reply = await self._reply("its greeting")
        if reply.code != 220:
            raise BadAnswer(f"the mail server takes no mail: {reply}")
        await self.introduce()
        return str(reply)

    async def introduce(self) -> None:
        """EHLO, before and again after TLS."""
        reply = await self._say(f"EHLO {SMTP_NAME}", "EHLO")
        if reply.code != 250:
            raise BadAnswer(f"the mail server refuses EHLO: {reply}")
        self._offers = [text.upper() for text in reply.texts[1:]]

    async def start_tls(self) -> None:
        """When it returns, the handshake may begin."""
        if "STARTTLS" not in (offer.strip() for offer in self._offers):
            raise BadAnswer("the mail server does not offer STARTTLS")
        reply = await self._say("STARTTLS", "STARTTLS")
        if reply.code != 220:
            raise BadAnswer(f"the mail server refuses STARTTLS: {reply}")
        self._lines.must_be_empty()

    async def log_in(self, user: str, password: str) -> None:
        """With PLAIN, else with LOGIN."""
        ways = {way for offer in self._offers if offer.startswith(("AUTH ", "AUTH=")) for way in offer[5:].split()}
        if "PLAIN" in ways:
            reply = await self._say("AUTH PLAIN " + _base64(f"\0{user}\0{password}"), "AUTH")
        elif "LOGIN" in ways:
            reply = await self._log_in_by_steps(user, password)
        elif ways:
            raise BadAnswer(f"the mail server knows neither PLAIN nor LOGIN, only {', '.join(sorted(ways))}")
        else:
            raise BadAnswer("the mail server does not offer to log in (AUTH)")
        if reply.code == _BAD_CREDENTIALS:
            raise BadAnswer(f"password refused for user {user!r}: {reply}")
        if reply.code != 235:
            raise BadAnswer(f"log-in refused: {reply}")

    async def say_goodbye(self) -> None:
        """QUIT, and the server's answer."""
        await self._say("QUIT", "QUIT")

    async def _log_in_by_steps(self, user: str, password: str) -> _Reply:
        reply = await self._say("AUTH LOGIN", "AUTH")
        for answer in (user, password):
            if reply.code != 334:
                return reply
            reply = await self._say(_base64(answer), "AUTH")
        return reply

    async def _say(self, line: str, what: str) -> _Reply:
        await self._stream.write(f"{line}\r\n".encode())
        return await self._reply(what)

    async def _reply(self, what: str) -> _Reply:
        """One reply, however many lines it has (RFC 5321, section 4.2)."""
        texts: list[str] = []
        while len(texts) < _LINES_LIMIT:
            line = (await self._lines.line()).decode("utf-8", "replace")
            if not (line[:3].isascii() and line[:3].isdigit() and line[3:4] in ("", " ", "-")):
                raise BadAnswer(f"the answer to {what} is not SMTP: {line}")
            texts.append(line[4:])
            if line[3:4] != "-":
                return _Reply(int(line[:3]), texts)
        raise BadAnswer(f"the mail server answers {what} with more than {_LINES_LIMIT} lines")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
