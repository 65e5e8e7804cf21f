"""MySQL and MariaDB, over aiomysql, in a session that may only read."""

import asyncio
import contextlib
import ssl
import struct
from collections.abc import AsyncIterator
from typing import Any

import aiomysql
from cryptography.exceptions import UnsupportedAlgorithm
from pymysql.constants import CLIENT

from monitor_app.checks.database.config import ROWS_LIMIT, Config
from monitor_app.checks.database.reach import reach, timed, tls_context
from monitor_app.checks.database.session import (
    Answer,
    LoginRefused,
    NotAllowed,
    Refused,
    Replication,
    Session,
    finite,
)
from monitor_app.net import Network
from monitor_app.net.failures import BadAnswer, ConnectionLost
from monitor_app.net.stopwatch import Stopwatch

_NOBODY = "lightbulb"
_NO_FOLLOWER = Replication("alone", None, "this server follows no other, and only a follower knows its lag")
# What the library stumbles over when the other side breaks the protocol's rules.
_BROKEN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
    struct.error,
)
_BREAKS_RULES = "the answer breaks the rules of MySQL's protocol"
# Of one answer. Each packet is read in two steps, of which some may be tiny: after so many, others get their turn.
BYTES_LIMIT = 8 * 1024 * 1024
PACKETS_LIMIT = 12_000
_READS_A_TURN = 100
_PLAIN = "the server wants the password in plain text, over a connection that is not encrypted"
_UNSAFE = "the server knows only ways to log in that are no longer safe"
_PLAIN_PLUGINS = ("mysql_clear_password", "mysql_old_password")
_NO_TLS = "the MySQL server does not offer TLS"
# https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html, https://mariadb.com/kb/en/mariadb-error-codes/
_LOGIN_REFUSED = {1044, 1045, 1130, 1251, 1698, 1862, 2059, 3118, 3159, 4151}
_NO_SUCH_DATABASE = 1049
_TOO_MANY = {1040, 1203, 1226}
_BLOCKED = 1129
_READ_ONLY = {1290, 1792, 1836}
_TOO_LONG = {1317, 1969, 3024}
_NO_RIGHT = {1142, 1143, 1227, 1370}
_LOST = {1053, 2006, 2013, 2014, 4031}
_NO_SUCH_VARIABLE = 1193
_SYNTAX = 1064


async def open_session(network: Network, config: Config, stopwatch: Stopwatch) -> Session:
    """Log in. Raises NetworkFailure, OutboundRefused and Refused."""
    context = tls_context(network, config)

    async def connect(address: str) -> "_Session":
        connection = _Connection(config, address, context)
        try:
            await connection.open()
        except BaseException:
            connection.close()
            raise
        return _Session(connection, address, stopwatch)

    return await reach(network, config, stopwatch, connect)


class _Connection(aiomysql.Connection):  # type: ignore[misc]
    """One statement at a time, no local files, and nothing in plain text that was to be encrypted."""

    def __init__(self, config: Config, address: str, context: ssl.SSLContext | None) -> None:
        super().__init__(
            host=address,
            port=config.port_number,
            user=config.user or _NOBODY,
            # The library sends passwords as Latin-1; servers compare bytes, and theirs are UTF-8.
            password=config.password.encode().decode("latin-1"),
            db=config.database or None,
            charset="utf8mb4",
            autocommit=None,
            ssl=context,
            program_name="lightbulb",
        )
        self.client_flag &= ~CLIENT.MULTI_STATEMENTS
        self._config = config
        self._bytes_left = BYTES_LIMIT
        self._reads = 0
        self._is_logging_in = False

    async def open(self) -> None:
        """Raises OSError, NetworkFailure and Refused."""
        try:
            await self._connect()
        except aiomysql.Error as err:
            if isinstance(err.__cause__, OSError):
                raise err.__cause__ from err
            raise _login_failure(err, self._config) from err
        except _BROKEN as err:
            raise BadAnswer("the other side does not speak MySQL on this port") from err

    def close(self) -> None:
        """At once: over TLS the library would wait for the server's goodbye."""
        if self._writer:
            self._writer.transport.abort()
        super().close()

    async def _request_authentication(self) -> None:
        # The library would go on in plain text.
        if self._config.tls in ("require", "verify-full") and not self.server_capabilities & CLIENT.SSL:
            raise BadAnswer(_NO_TLS)
        is_encrypted = self._config.tls != "disable" and self.server_capabilities & CLIENT.SSL
        # Named in the greeting, the library would send the password this way at once.
        if not is_encrypted and self._server_auth_plugin in _PLAIN_PLUGINS:
            raise LoginRefused(_PLAIN)
        if not self.server_capabilities & CLIENT.PLUGIN_AUTH:
            raise LoginRefused(_UNSAFE)
        self._is_logging_in = True
        await super()._request_authentication()
        self._is_logging_in = False

    async def _process_auth(self, plugin_name: bytes, auth_packet: Any) -> Any:
        if plugin_name.decode("latin-1") in _PLAIN_PLUGINS and not self._secure:
            raise LoginRefused(_PLAIN)
        return await super()._process_auth(plugin_name, auth_packet)

    async def _read_packet(self, *args: Any) -> Any:
        packet = await super()._read_packet(*args)
        # A switch to nothing is one to what was there before MySQL 4.1, and the library would go along.
        if self._is_logging_in and packet.is_auth_switch_request() and b"\0" not in packet.get_all_data():
            raise LoginRefused(_UNSAFE)
        return packet

    async def _execute_command(self, command: int, sql: Any) -> None:
        self._bytes_left, self._reads = BYTES_LIMIT, 0
        await super()._execute_command(command, sql)

    async def _read_bytes(self, num_bytes: int) -> bytes:
        """The library trusts what the other side says of lengths, and reads as long as something comes."""
        self._bytes_left -= num_bytes
        self._reads += 1
        if self._bytes_left < 0:
            raise BadAnswer(f"the answer is longer than {BYTES_LIMIT // 1024 // 1024} MB, or not MySQL's")
        if self._reads > PACKETS_LIMIT * 2:
            raise BadAnswer(f"the answer has more than {PACKETS_LIMIT} packets")
        if self._reads % _READS_A_TURN == 0:
            await asyncio.sleep(0)
        data: bytes = await super()._read_bytes(num_bytes)
        return data


class _QuietCursor(aiomysql.Cursor):  # type: ignore[misc]
    """Asks for no warnings: they are one query more, and nobody reads them."""

    async def _show_warnings(self, conn: Any) -> None:
        return


class _DictCursor(aiomysql.DictCursor, _QuietCursor):  # type: ignore[misc]
    pass


class _PieceCursor(aiomysql.SSCursor, _QuietCursor):  # type: ignore[misc]
    pass


class _Session:
    def __init__(self, connection: _Connection, address: str, stopwatch: Stopwatch) -> None:
        self.address = address
        self._connection = connection
        self._stopwatch = stopwatch
        self._is_mariadb = "mariadb" in connection.get_server_info().lower()

    async def replication(self) -> Replication:
        try:
            follower = await self._rows("SHOW REPLICA STATUS", "SHOW SLAVE STATUS")
        except _NoRight as err:
            raise NotAllowed(f"the user may not look at replication: {err}") from err
        return _follower(follower[0]) if follower else _NO_FOLLOWER

    async def statistics(self) -> dict[str, float]:
        names = {"Threads_connected": "threads_connected", "Threads_running": "threads_running"}
        rows = await self._rows("SHOW GLOBAL STATUS WHERE Variable_name IN ('Threads_connected', 'Threads_running')")
        try:
            return {names[row["Variable_name"]]: finite(row["Value"]) for row in rows}
        except LookupError as err:
            raise BadAnswer(_BREAKS_RULES) from err

    async def query(self, text: str) -> Answer:
        async with self._asking():
            await self._make_read_only()
            cursor = await self._connection.cursor(_PieceCursor)
            await cursor.execute(text)
            rows = await cursor.fetchmany(ROWS_LIMIT + 1) if cursor.description else []
        # The rest is not read, and the cursor not closed, which would read it: the connection is closed instead.
        self._connection.close()
        return Answer(rows[0][0] if rows else None, min(len(rows), ROWS_LIMIT), len(rows) > ROWS_LIMIT)

    async def ping(self) -> None:
        async with self._asking():
            await self._connection.ping(reconnect=False)

    async def close(self) -> None:
        with contextlib.suppress(Exception):
            await self._connection.ensure_closed()
        self._connection.close()

    async def _make_read_only(self) -> None:
        seconds = max(self._stopwatch.left_seconds, 0.001)
        limit = (
            f"max_statement_time = {seconds:.3f}" if self._is_mariadb else f"max_execution_time = {seconds * 1000:.0f}"
        )
        read_only = "tx_read_only = 1" if self._is_mariadb else "transaction_read_only = 1"
        try:
            await self._connection.query(f"SET SESSION {read_only}, {limit}")
        except aiomysql.Error as err:
            if err.args[0] != _NO_SUCH_VARIABLE:
                raise
            await self._connection.query("SET SESSION TRANSACTION READ ONLY")

    async def _rows(self, *statements: str) -> list[dict[str, Any]]:
        """Of the first statement that the server knows."""
        for statement in statements:
            async with self._asking(), self._connection.cursor(_DictCursor) as cursor:
                try:
                    await cursor.execute(statement)
                except aiomysql.ProgrammingError as err:
                    if err.args[0] == _SYNTAX and statement != statements[-1]:
                        continue
                    raise
                rows: list[dict[str, Any]] = await cursor.fetchall()
                return rows
        return []

    @contextlib.asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        try:
            async with timed(self._stopwatch, "query"):
                yield
        except aiomysql.Error as err:
            raise _query_failure(err) from err
        except _BROKEN as err:
            raise BadAnswer(_BREAKS_RULES) from err
        except OSError as err:
            raise ConnectionLost("the other side closed the connection during the query") from err


class _NoRight(Refused):
    """The user lacks a privilege."""


def _follower(row: dict[str, Any]) -> Replication:
    """MySQL 8.0.22 says Replica and Source where older ones, and MariaDB, say Slave and Master."""
    names = {name.lower().replace("slave", "replica").replace("master", "source"): row[name] for name in row}
    lag = names.get("seconds_behind_source")
    if lag is not None:
        return Replication("follower", finite(lag))
    receiving, applying = names.get("replica_io_running"), names.get("replica_sql_running")
    why = names.get("last_io_error") or names.get("last_sql_error")
    told = f": {why}" if why else ""
    return Replication("follower", None, f"receiving: {receiving}, applying: {applying}{told}")


def _words(err: Exception) -> tuple[int, str]:
    code = err.args[0] if err.args and isinstance(err.args[0], int) else 0
    return code, str(err.args[-1]) if err.args else "no reason"


def _login_failure(err: Exception, config: Config) -> Exception:
    code, text = _words(err)
    if code == 1045:
        return LoginRefused(f"password refused for user {config.user or _NOBODY!r}")
    if code in _LOGIN_REFUSED:
        return LoginRefused(f"log-in refused: {text}")
    if code == _NO_SUCH_DATABASE:
        return Refused(f"database {config.database!r} does not exist")
    if code in _TOO_MANY:
        return Refused(f"too many connections: {text}")
    if code == _BLOCKED:
        return Refused("the server blocks this machine after too many broken connections: FLUSH HOSTS there")
    if code in _LOST:
        return ConnectionLost("the other side closed the connection during the log-in")
    return Refused(f"log-in refused: {text}")


def _query_failure(err: Exception) -> Exception:
    code, text = _words(err)
    if code in _READ_ONLY:
        return Refused("the query tries to write; the session is read-only")
    if code in _TOO_LONG:
        return Refused("the query was cancelled: it took too long")
    if code in _NO_RIGHT:
        return _NoRight(f"the user may not do this: {text}")
    if code in _LOST:
        return ConnectionLost("the other side closed the connection during the query")
    return Refused(f"the query is refused: {text}")
