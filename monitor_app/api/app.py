"""The HTTP API beside the screens."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from monitor_app.api.push import Push
from monitor_app.use_cases.push_address import PATH


def create_api() -> Starlette:
    """What answers before Reflex does; Reflex mounts itself behind it."""
    return Starlette(routes=[Route("/livez", livez), Route(f"{PATH}{{rest:path}}", Push())])


async def livez(_request: Request) -> JSONResponse:
    """The process is there and its event loop turns."""
    return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
