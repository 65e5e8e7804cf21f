"""How PostgreSQL is reached, and what its refusals mean."""

import socket
from typing import Any

import asyncpg
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from monitor_app.storage.documents import dumps, loads

# In pg_stat_activity.
APPLICATION_NAME = "lightbulb"
CONNECT_TIMEOUT_SECONDS = 5
COMMAND_TIMEOUT_SECONDS = 30
# A process that freezes inside a transaction must not keep its locks from the next scheduler.
IDLE_IN_TRANSACTION_MS = 8000
# What asyncpg itself says about a connection that is not usable any more: InternalClientError comes when the server
# ended the session just before the next statement, such as while this process was frozen.
CLIENT_ERRORS = (asyncpg.InterfaceError, asyncpg.InternalClientError)
READ_ONLY = "it only lets us read: is it a standby?"


def create_engine(
    url: URL, *, command_timeout_seconds: float | None = COMMAND_TIMEOUT_SECONDS, **options: Any
) -> AsyncEngine:
    """An engine that gives up on a server that does not answer."""
    return create_async_engine(
        url,
        connect_args={
            "timeout": CONNECT_TIMEOUT_SECONDS,
            "command_timeout": command_timeout_seconds,
            "server_settings": {
                "application_name": APPLICATION_NAME,
                "timezone": "UTC",
                "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
            },
        },
        hide_parameters=True,  # they hold secrets, and errors are logged
        json_serializer=dumps,
        json_deserializer=loads,
        **options,
    )


async def connect(url: URL) -> asyncpg.Connection:
    """A session of its own, with the options of the address as SQLAlchemy understands them (`?ssl=require`).

    The caller sets the time limits, and takes what asyncpg raises.
    """
    _, arguments = url.get_dialect()().create_connect_args(url)
    return await asyncpg.connect(**arguments, server_settings={"application_name": APPLICATION_NAME})


def name_of(url: URL) -> str:
    """Host and database, without user and password."""
    host = url.host or url.query.get("host") or "localhost"
    return f"{host}:{url.port or 5432}/{url.database}"


def explain(err: BaseException, url: URL) -> str | None:
    """Why the server cannot be used, in words; None when it is not to blame."""
    cause = err.orig if isinstance(err, DBAPIError) and err.orig is not None else err
    match cause:
        case TimeoutError():
            return "it does not answer"
        case socket.gaierror():
            return f"the host name {url.host} is not found"
        case ConnectionRefusedError():
            return "connection refused: does PostgreSQL run there?"
        case OSError():
            refused = "Connect call failed" in str(cause)
            return "connection refused: does PostgreSQL run there?" if refused else str(cause)
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return _explain_state(state, str(cause).split(">: ", 1)[-1], url)
    if isinstance(cause, CLIENT_ERRORS) or (isinstance(err, DBAPIError) and err.connection_invalidated):
        return f"the connection is lost ({cause})"
    return None


def _explain_state(state: str, text: str, url: URL) -> str | None:
    """`state` is the SQLSTATE of https://www.postgresql.org/docs/current/errcodes-appendix.html."""
    match state:
        case "28P01":
            return f"the password of user {url.username} is wrong"
        case "3D000":
            return f"there is no database {url.database}: create it with `createdb {url.database}`"
        case "42P01":
            return "it has no tables yet: run `python -m monitor_app migrate`"
        case "42501":
            return f"user {url.username} lacks a permission ({text})"
        case "25006":
            return READ_ONLY
        case "25P03":
            return f"it has ended a transaction that did nothing for {IDLE_IN_TRANSACTION_MS / 1000:g} s"
        case "53100":
            return "its disk is full"
        case "53300":
            return "it has no connection left for us (max_connections)"
        case "57P03":
            return "it is starting or stopping"
    # Connection trouble, refused log-ins, no memory, stopped by its administrator, its disk or files are broken.
    if state[:2] in ("08", "28", "53", "57", "58"):
        return text
    return None
