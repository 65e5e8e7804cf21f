"""Links to pages of this program, and answers that hold a secret."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from monitor_app.api.answers import jsonable
from monitor_app.state import runtime

CREATED = 201


def link_to(request: Request, path: str, token: str) -> str:
    """A page's address with a secret behind the #, where no server's log ever sees it."""
    origin = runtime.current().public_url.rstrip("/") or f"{request.url.scheme}://{request.url.netloc}"
    return f"{origin}{path}#{token}"


def shown_once(content: Any, location: str) -> JSONResponse:
    """What was made, with its secret: nobody on the way keeps it."""
    return JSONResponse(jsonable(content), CREATED, {"Location": location, "Cache-Control": "no-store"})
