"""PostgreSQL: everything happens in one transaction that may only read."""

from monitor_app.checks.database.config import ROWS_LIMIT, Config
from monitor_app.checks.database.postgres_wire import NoTlsThere, PostgresConnection, ServerError, ask_for_tls
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
from monitor_app.net.failures import BadAnswer
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.net.stream import Stream
from monitor_app.net.tls import TlsOptions, TlsStream

# Who asks when nobody is named: it need not exist.
_NOBODY = "lightbulb"
_DATABASE = "postgres"

# A follower that has replayed all it was sent lags by nothing, however old the last transaction is. `hidden` are
# followers whose state this user may not see.
_REPLICATION = """
SELECT pg_is_in_recovery(),
  CASE WHEN NOT pg_is_in_recovery() THEN NULL
       WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
            AND EXISTS (SELECT FROM pg_stat_wal_receiver WHERE pid IS NOT NULL) THEN 0
       ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
  END::float8,
  count(*) FILTER (WHERE state IN ('streaming', 'catchup')),
  count(*) FILTER (WHERE state IS NULL),
  coalesce(extract(epoch FROM max(replay_lag) FILTER (WHERE state IN ('streaming', 'catchup'))), 0)::float8
FROM pg_stat_replication
"""
_STATISTICS = """
SELECT count(*) FILTER (WHERE backend_type = 'client backend'), current_setting('max_connections')
FROM pg_stat_activity
"""


async def open_session(network: Network, config: Config, stopwatch: Stopwatch) -> Session:
    """Log in. Raises NetworkFailure, OutboundRefused and Refused."""
    stream = await _open(network, config, stopwatch)
    stopwatch.phase = "login"
    connection = PostgresConnection(stream, is_encrypted=isinstance(stream, TlsStream))
    try:
        await connection.log_in(config.user or _NOBODY, config.password, config.database or _DATABASE)
    except ServerError as err:
        stream.close()
        raise _login_failure(err, config) from err
    except BaseException:
        stream.close()
        raise
    return _Session(connection, stream, stopwatch)


async def _open(network: Network, config: Config, stopwatch: Stopwatch) -> Stream:
    host, port = config.host, config.port_number
    if config.tls == "disable":
        return await network.open(host, port, stopwatch)
    options = TlsOptions(is_verifying=config.tls == "verify-full", ca_pem=config.ca_certificate, alpn=())
    found_at = ""

    async def ask(stream: Stream) -> None:
        nonlocal found_at
        found_at = stream.address
        await ask_for_tls(stream)

    try:
        return await network.open_tls(host, port, stopwatch, tls=options, dialogue=ask)
    except NoTlsThere as err:
        if config.tls != "prefer":
            raise BadAnswer("the PostgreSQL server does not offer TLS (ssl = off)") from err
    return await network.open(host, port, stopwatch, found_at=found_at)


class _Session:
    def __init__(self, connection: PostgresConnection, stream: Stream, stopwatch: Stopwatch) -> None:
        self.address = stream.address
        self._connection = connection
        self._stream = stream
        self._stopwatch = stopwatch
        self._is_begun = False

    async def replication(self) -> Replication:
        follows, own_lag, followers, hidden, lag = await self._facts(_REPLICATION, 5)
        if follows == "t":
            trouble = "" if own_lag is not None else "nothing was replayed yet"
            return Replication("follower", None if own_lag is None else finite(own_lag), trouble)
        if hidden != "0":
            raise NotAllowed("the user may not look at replication: it needs the role pg_monitor")
        return NO_REPLICATION if followers == "0" else Replication("leader", finite(lag or 0))

    async def statistics(self) -> dict[str, float]:
        used, most = await self._facts(_STATISTICS, 2)
        return {"connections_used": finite(used or 0), "connections_max": finite(most or 0)}

    async def query(self, text: str) -> Answer:
        self._stopwatch.phase = "query"
        try:
            await self._begin()
            rows = await self._connection.one(text, ROWS_LIMIT + 1)
        except ServerError as err:
            raise _query_failure(err) from err
        value = rows[0][0] if rows and rows[0] else None
        return Answer(value, min(len(rows), ROWS_LIMIT), len(rows) > ROWS_LIMIT)

    async def ping(self) -> None:
        self._stopwatch.phase = "query"
        try:
            await self._connection.simple("SELECT 1")
        except ServerError as err:
            raise _query_failure(err) from err

    async def close(self) -> None:
        self._stream.close()

    async def _facts(self, statement: str, count: int) -> list[str | None]:
        self._stopwatch.phase = "query"
        try:
            await self._begin()
            rows = await self._connection.simple(statement)
        except ServerError as err:
            raise _query_failure(err) from err
        if not rows or len(rows[0]) != count:
            raise BadAnswer("the answer has other rows and columns than were asked for")
        return [None if value is None else str(value) for value in rows[0]]

    async def _begin(self) -> None:
        """Nothing within this transaction can make it a writing one: it is too late for that after a first query."""
        if self._is_begun:
            return
        self._is_begun = True
        milliseconds = max(1, int(self._stopwatch.left_seconds * 1000))
        await self._connection.simple(f"BEGIN READ ONLY; SET LOCAL statement_timeout = {milliseconds}; SELECT 1")


# https://www.postgresql.org/docs/current/errcodes-appendix.html
def _login_failure(err: ServerError, config: Config) -> Exception:
    match err.code:
        case "28P01":
            return LoginRefused(f"password refused for user {config.user or _NOBODY!r}")
        case "28000":
            return LoginRefused(f"log-in refused: {err}")
        case "3D000":
            return Refused(f"database {config.database or _DATABASE!r} does not exist")
        case "53300":
            return Refused(f"too many connections: {err}")
        case "57P03":
            return Refused(f"the server takes no connections now: {err}")
        case _:
            return Refused(f"log-in refused: {err}")


def _query_failure(err: ServerError) -> Exception:
    match err.code:
        case "25006":
            return Refused("the query tries to write; the session is read-only")
        case "57014":
            return Refused("the query was cancelled: it took too long")
        case "42501":
            return Refused(f"the user may not do this: {err}")
        case "57P01" | "57P02":
            return Refused("the server is shutting down")
        case _:
            return Refused(f"the query is refused: {err}")
