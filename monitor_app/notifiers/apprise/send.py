"""Lets Apprise send a message, in a process of its own that ends with it.

Apprise does its own network I/O, and waits for it: in a process it delays nobody, can be ended at the deadline, and
sees neither this program's environment nor its keys. Each connection that it opens is judged here first (child.py).
"""

import asyncio
import contextlib
import json
import os
import re
import sys
from typing import Any

from monitor_app.domain.alerting.rendered import Rendered
from monitor_app.errors import DeliveryFailed, OutboundRefused
from monitor_app.net.network import Network
from monitor_app.notifiers.apprise.config import Config
from monitor_app.plugins.notifier_kinds import ANSWER_LIMIT, Sending
from monitor_app.redact import harmless, masked, redact

_CHILD = "monitor_app.notifiers.apprise.child"
# Where Python, its packages and certificates are; no proxies, no keys.
_KEPT = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "SYSTEMROOT")
_LINE_LIMIT_BYTES = 64 * 1024
# Python and Apprise take a moment to start, which is no time of the provider.
_START_SECONDS = 10.0
_STATUS = re.compile(r"error=\d{3}")
_TYPES = {"info": "info", "warning": "warning", "critical": "failure"}


async def send(config: Config, rendered: Rendered, sending: Sending) -> str:
    """What Apprise says. Raises DeliveryFailed; ambiguous when it had connected and then did not come to an end."""
    order = {
        "url": config.url,
        "title": rendered.title,
        "body": rendered.text or rendered.title,
        "type": "success" if rendered.is_over else _TYPES[rendered.severity],
        "seconds": sending.deadline_seconds,
    }
    one = _Child(sending.network)
    try:
        async with asyncio.timeout(sending.deadline_seconds + _START_SECONDS):
            told = await one.run(order)
    except TimeoutError as err:
        text = f"no end within {sending.deadline_seconds:g} s"
        raise DeliveryFailed(text, is_ambiguous=one.has_connected) from err
    finally:
        await one.end()
    return _judged(config, told, has_connected=one.has_connected)


def _judged(config: Config, told: dict[str, Any] | None, *, has_connected: bool) -> str:
    if told is None:
        raise DeliveryFailed("Apprise broke while it was sending", is_ambiguous=has_connected)
    if not told["is_known"]:
        text = (
            f"Apprise knows no such address: {config.scheme}:// is unknown to it, or its parts are not as it wants them"
        )
        raise DeliveryFailed(text, is_final=True)
    if told["is_sent"]:
        return f"Apprise has sent it to {config.scheme}://"
    if told["refused"]:
        raise DeliveryFailed(_shown(config, told["refused"]), is_final=True)
    said = _shown(config, told["log"]) or "it does not say why"
    # Where it tells no status, nobody knows what became of what was sent.
    is_ambiguous = has_connected and not _STATUS.search(told["log"])
    raise DeliveryFailed(f"Apprise could not send it: {said}", is_ambiguous=is_ambiguous)


def _shown(config: Config, text: str) -> str:
    """The address with all its parts is a secret."""
    rest = config.url.partition("://")[2]
    parts = [config.url, rest, *(part for part in rest.replace("@", "/").replace(":", "/").split("/") if len(part) > 5)]
    return harmless(redact(" ".join(masked(text, parts).split())), ANSWER_LIMIT)


class _Child:
    """One process, and what it asks."""

    def __init__(self, network: Network) -> None:
        self.has_connected = False
        self._network = network
        self._process: asyncio.subprocess.Process | None = None

    async def run(self, order: dict[str, Any]) -> dict[str, Any] | None:
        """What it said at last; None when it ended without a word."""
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _CHILD,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment | {"NETRC": os.devnull, "PYTHONDONTWRITEBYTECODE": "1"},
            limit=_LINE_LIMIT_BYTES,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(ConnectionError, ValueError):
            self._say(process.stdin, order)
            while line := await process.stdout.readline():
                told: dict[str, Any] = json.loads(line)
                if "connect" not in told:
                    return told
                self._say(process.stdin, {"refused": self._refusal(*told["connect"])})
        return None

    async def end(self) -> None:
        """At once, whatever it does."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()

    def _refusal(self, host: str, address: str, port: int) -> str:
        """Why it may not connect; "" when it may."""
        try:
            self._network.guard.check(address, port, host)
        except OutboundRefused as err:
            return str(err)
        self.has_connected = True
        return ""

    def _say(self, pipe: asyncio.StreamWriter, document: dict[str, Any]) -> None:
        pipe.write(json.dumps(document).encode() + b"\n")
