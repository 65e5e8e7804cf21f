"""Plain endpoints outside of `/api` for who holds a permission: the same entrance, the same errors."""

from collections.abc import Awaitable, Callable

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from monitor_app.api.access import mark
from monitor_app.api.entrance import Entrance
from monitor_app.api.problems import of_ours
from monitor_app.api.rates import Rates
from monitor_app.errors import LightbulbError


class Guarded:
    """Asks for the permission before `endpoint` is called; it is no function, so a router takes it for an ASGI app."""

    def __init__(self, permission: str, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
        mark(self, permission)
        self._permission = permission
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive)
        try:
            request.state.identity.require(self._permission)
            answer = await self._endpoint(request)
        except LightbulbError as err:
            answer = await of_ours(request, err)
        await answer(scope, receive, send)


def guarded_route(
    path: str, permission: str, endpoint: Callable[[Request], Awaitable[Response]], limits: Rates
) -> Route:
    """GET only."""
    return Route(path, Guarded(permission, endpoint), methods=["GET"], middleware=[Middleware(Entrance, rates=limits)])
