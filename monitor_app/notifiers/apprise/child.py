"""A process of its own in which Apprise sends one message: `python -m monitor_app.notifiers.apprise.child`.

It reads the message as a line of JSON, and writes lines of JSON: before each connection {"connect": [host, address,
port]}, to which it reads {"refused": ""} or why not; at last {"is_sent": ..., "log": ...}. A hook of the interpreter
asks before every connection, so it holds for whatever library a service of Apprise uses. Files and programs are not
its business: it may not start any.
"""

import json
import logging
import socket
import sys
import threading
from typing import Any

import apprise

# With what a packet leaves: the socket, and the address or None where it was connected before (judged then).
_LEAVING_EVENTS = ("socket.connect", "socket.sendto", "socket.sendmsg")
_REFUSED_EVENTS = (
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "os.forkpty",
    "pty.spawn",
)
_INTERNET = (socket.AF_INET, socket.AF_INET6)


class _Refused(OSError):
    """A connection that the outbound rules forbid, or that leads to no address of the internet."""


class _Asking:
    """Asks the process that started this one before each connection."""

    def __init__(self) -> None:
        # Which name was looked up last: rules may be of names.
        self._host = ""
        self.refusal = ""
        # A service may send from several threads; one question at a time.
        self._turn = threading.Lock()

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo":
            self._host = _text(args[0])
        elif event in _LEAVING_EVENTS and args[1] is not None:
            self._must_be_allowed(args[0], args[1])
        elif event in _REFUSED_EVENTS:
            raise _Refused("programs are not started")

    def _must_be_allowed(self, sock: socket.socket, address: Any) -> None:
        if sock.family not in _INTERNET or not isinstance(address, tuple):
            raise _Refused("only addresses of the internet are connected to")
        with self._turn:
            refusal = _asked({"connect": [self._host, _text(address[0]), address[1]]})["refused"]
        if refusal:
            self.refusal = refusal
            raise _Refused(refusal)


def main() -> None:
    """Send what standard input says."""
    order = json.loads(sys.stdin.readline())
    asking = _Asking()
    sys.addaudithook(asking)
    seconds = float(order["seconds"])
    log: list[str] = []
    _listen(log)
    server = apprise.Apprise.instantiate(order["url"])
    if server is None:
        _say({"is_known": False})
        return
    server.socket_connect_timeout = server.socket_read_timeout = seconds
    is_sent = server.notify(
        title=order["title"],
        body=order["body"],
        notify_type=apprise.NotifyType(order["type"]),
        body_format=apprise.NotifyFormat.TEXT,
    )
    _say({"is_known": True, "is_sent": bool(is_sent), "log": "; ".join(log)[-2000:], "refused": asking.refusal})


def _listen(log: list[str]) -> None:
    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            log.append(record.getMessage())

    logger = logging.getLogger("apprise")
    logger.setLevel(logging.WARNING)
    logger.addHandler(Listener())
    logger.propagate = False


def _asked(question: dict[str, Any]) -> dict[str, Any]:
    _say(question)
    answer: dict[str, Any] = json.loads(sys.stdin.readline())
    return answer


def _say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value or "")


if __name__ == "__main__":
    main()
