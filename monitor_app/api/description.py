"""`/api/openapi.json` and `/api/docs`: what the API takes and gives, for those who may see anything here."""

from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, Response

from monitor_app.api.access import declared, public, requires
from monitor_app.api.docs_page import page
from monitor_app.security.permissions import BOARD_READ, Identity

STYLE: Final = Path(__file__).with_name("docs.css")

router = APIRouter(include_in_schema=False)
_Reader = Annotated[Identity, requires(BOARD_READ)]


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/openapi.json")
async def openapi(request: Request, identity: _Reader) -> dict[str, Any]:
    """The description after OpenAPI 3.1."""
    app: FastAPI = request.app
    return app.openapi()


@router.get("/docs")
async def docs(request: Request, identity: _Reader) -> HTMLResponse:
    """The same for people."""
    app: FastAPI = request.app
    if getattr(app.state, "docs", None) is None:
        app.state.docs = page(app.openapi(), list(declared(app)))
    return HTMLResponse(app.state.docs)


@router.get("/docs.css")
async def style(identity: Annotated[Identity, public()]) -> Response:
    """How that page looks."""
    return Response(STYLE.read_text("utf-8"), media_type="text/css", headers={"Cache-Control": "max-age=3600"})
