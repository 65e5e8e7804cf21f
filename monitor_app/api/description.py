"""`/api/openapi.json` and `/api/docs`: what the API takes and gives, for those who may see anything here.

The page is plain HTML made here: the usual ones load their scripts from another host.
"""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse

from monitor_app.api.access import requires
from monitor_app.security.permissions import BOARD_READ, Identity

_HEAD: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>API · Lightbulb</title><link rel="stylesheet" href="/theme.css"><link rel="stylesheet" href="/page.css"></head>
<body><main class="main"><h1>API</h1>
<p>Send an API key with each request, <code>Authorization: Bearer lb_...</code>, or use the cookie of a browser session.
Errors are problem JSON (RFC 9457). As a file: <a href="openapi.json">openapi.json</a>.</p>
"""
_FOOT: Final = "</main></body></html>\n"

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
    description = request.app.openapi()
    return HTMLResponse(_HEAD + "".join(_sections(description)) + _FOOT)


def _sections(description: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in description["paths"].items():
        for method, route in methods.items():
            yield f"<section><h2><code>{escape(method.upper())} /api{escape(path)}</code></h2>"
            yield f"<p>{escape(route.get('description', ''))}</p>"
            yield from _parameters(route)
            yield from _body(route, description)
            yield "</section>\n"


def _parameters(route: Mapping[str, Any]) -> Iterator[str]:
    if names := [f"<code>{escape(parameter['name'])}</code>" for parameter in route.get("parameters", ())]:
        yield f"<p>Parameters: {', '.join(names)}</p>"


def _body(route: Mapping[str, Any], description: Mapping[str, Any]) -> Iterator[str]:
    content = route.get("requestBody", {}).get("content", {}).get("application/json")
    if content is not None:
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        schema = description["components"]["schemas"].get(name, content["schema"])
        yield f"<pre>{escape(json.dumps(schema.get('properties', schema), indent=2))}</pre>"
