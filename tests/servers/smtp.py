"""A real mail server on loopback: aiosmtpd, with STARTTLS and AUTH."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

USER, PASSWORD = "anna", "shy-green-toad"


@asynccontextmanager
async def smtp_server(
    context: ssl.SSLContext | None, *, wraps_all: bool = False, handler: object | None = None, **options: Any
) -> AsyncIterator[int]:
    """The port of a server, which offers STARTTLS, or begins with TLS when it wraps all.

    `handler` and `options` are those of aiosmtpd's SMTP.
    """
    loop = asyncio.get_running_loop()
    if not wraps_all:
        options["tls_context"] = context

    def connection() -> SMTP:
        return SMTP(handler or object(), hostname="mail.test", authenticator=_authenticate, loop=loop, **options)

    server = await loop.create_server(connection, "127.0.0.1", 0, ssl=context if wraps_all else None)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def _authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    is_good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_good, handled=False)
