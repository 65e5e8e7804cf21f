"""Redis and what speaks like it, over our own streams; only commands that read are ever sent."""

from typing import Any

from monitor_app.checks.database.commands import parse_command
from monitor_app.checks.database.config import ROWS_LIMIT, Config
from monitor_app.checks.database.resp import ReplyError, RespConnection
from monitor_app.checks.database.session import (
    NO_REPLICATION,
    Answer,
    LoginRefused,
    NotAllowed,
    Refused,
    Replication,
    Session,
    finite,
)
from monitor_app.net import Network
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import Stream
from monitor_app.net.tls import TlsOptions

_LOGIN_CODES = ("NOAUTH", "WRONGPASS", "DENIED")
_STATISTICS = ("used_memory", "connected_clients", "blocked_clients", "evicted_keys", "rejected_connections")
_UNITS = {"used_memory": "used_memory_bytes"}


async def open_session(network: Network, config: Config, stopwatch: Stopwatch) -> Session:
    """Log in. Raises NetworkFailure, OutboundRefused and Refused."""
    stream = await _open(network, config, stopwatch)
    session = _Session(stream, stopwatch)
    try:
        await session.log_in(config)
    except BaseException:
        stream.close()
        raise
    return session


async def _open(network: Network, config: Config, stopwatch: Stopwatch) -> Stream:
    # There is no way to ask a Redis for TLS: a port speaks it or not.
    if config.tls in ("disable", "prefer"):
        return await network.open(config.host, config.port_number, stopwatch)
    options = TlsOptions(is_verifying=config.tls == "verify-full", ca_pem=config.ca_certificate, alpn=())
    return await network.open_tls(config.host, config.port_number, stopwatch, tls=options)


class _Session:
    def __init__(self, stream: Stream, stopwatch: Stopwatch) -> None:
        self.address = stream.address
        self._stream = stream
        self._stopwatch = stopwatch
        self._connection = RespConnection(stream)
        self._info: dict[str, str] = {}

    async def log_in(self, config: Config) -> None:
        self._stopwatch.phase = "login"
        if config.password:
            words = [config.user, config.password] if config.user else [config.password]
            await self._ask("AUTH", *words)
        if config.database:
            await self._ask("SELECT", config.database)
        self._stopwatch.phase = "query"

    async def replication(self) -> Replication:
        info = await self._all_info("replication")
        if info.get("role") == "slave":
            return _follower(info)
        lags = [lag for name, text in info.items() if name.startswith("slave") and (lag := _lag(text)) is not None]
        return Replication("leader", max(lags)) if lags else NO_REPLICATION

    async def statistics(self) -> dict[str, float]:
        info = await self._all_info("statistics")
        return {_UNITS.get(name, name): finite(info[name]) for name in _STATISTICS if _is_number(info.get(name, ""))}

    async def query(self, text: str) -> Answer:
        reply = await self._ask(*parse_command(text))
        if isinstance(reply, list):
            return Answer(reply[0] if reply else None, min(len(reply), ROWS_LIMIT), len(reply) > ROWS_LIMIT)
        return Answer(reply, 0 if reply is None else 1)

    async def ping(self) -> None:
        await self._ask("PING")

    async def close(self) -> None:
        self._stream.close()

    async def _all_info(self, what: str) -> dict[str, str]:
        if not self._info:
            try:
                text = await self._ask("INFO")
            except _NoRight as err:
                raise NotAllowed(f"the user may not look at {what}: {err}") from err
            lines = text.decode("utf-8", "replace").splitlines() if isinstance(text, bytes) else []
            self._info = dict(line.split(":", 1) for line in lines if ":" in line and not line.startswith("#"))
        return self._info

    async def _ask(self, *words: str) -> Any:
        try:
            return await self._connection.ask(*words)
        except ReplyError as err:
            raise _refusal(str(err)) from err


class _NoRight(Refused):
    """The user's rules (ACL) do not allow the command."""


def _follower(info: dict[str, str]) -> Replication:
    if info.get("master_link_status") == "up":
        return Replication("follower", _seconds(info.get("master_last_io_seconds_ago", "")))
    down = _seconds(info.get("master_link_down_since_seconds", ""))
    since = f" since {down:g} s" if down is not None else ""
    return Replication("follower", down, f"the link to its leader is down{since}")


def _lag(text: str) -> float | None:
    """Of `ip=127.0.0.1,port=6380,state=online,offset=42,lag=0`."""
    facts = dict(fact.split("=", 1) for fact in text.split(",") if "=" in fact)
    return _seconds(facts.get("lag", ""))


def _seconds(text: str) -> float | None:
    return finite(text) if _is_number(text) else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _refusal(text: str) -> Refused:
    code = text.partition(" ")[0]
    if code == "NOAUTH":
        return LoginRefused("the server asks for a password")
    if code == "WRONGPASS" or text.startswith("ERR invalid password"):
        return LoginRefused("password refused")
    if "without any password configured" in text or "no password is set" in text:
        return LoginRefused("the server has no password, but one is configured here")
    if code == "DENIED":
        return LoginRefused("the server is in protected mode: it has no password and takes no connections from outside")
    if code == "NOPERM":
        return _NoRight(f"the user may not do this: {text.partition(' ')[2]}")
    if code == "LOADING":
        return Refused("the server is starting up: it still loads its data")
    if code == "MASTERDOWN":
        return Refused("the link to its leader is down, and it does not answer with old data")
    if "max number of clients" in text:
        return Refused("too many connections: the server's limit (maxclients) is reached")
    if "DB index" in text:
        return Refused("this database number does not exist")
    return Refused(f"the server says: {text}")
