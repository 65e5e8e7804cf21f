"""Who sends a request: by its Authorization header if there is one, else by its session cookie."""

from starlette.datastructures import Headers
from starlette.types import Scope

from monitor_app.security.permissions import NOBODY, Identity
from monitor_app.state import runtime


def address_of(scope: Scope) -> str:
    """Where a request comes from; the doorman has looked behind the proxies."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def who(scope: Scope, headers: Headers) -> Identity | None:
    """The sender. None: the Authorization header is there and wrong; then the cookie does not count."""
    access = runtime.current().access
    if "authorization" in headers:
        found: Identity | None = access.of_authorization(headers["authorization"], address_of(scope))
        return found
    identity: Identity = access.of_cookie(cookies_of(headers), address_of(scope))
    return identity


def cookies_of(headers: Headers) -> str:
    """All cookies of a request in one text: over HTTP/2 browsers send each in a header of its own (RFC 9113, 8.2.3)."""
    return "; ".join(headers.getlist("cookie"))


def by_cookie(cookie: str, address: str) -> Identity:
    """Who sends a Cookie header, for pages: nobody while the program is starting."""
    try:
        access = runtime.current().access
    except RuntimeError:
        return NOBODY
    identity: Identity = access.of_cookie(cookie, address)
    return identity


def has_good_key(scope: Scope, headers: Headers) -> bool:
    """Whether an API key or a token of one came along, and is good."""
    if "authorization" not in headers:
        return False
    try:
        return who(scope, headers) is not None
    except RuntimeError:
        return False
