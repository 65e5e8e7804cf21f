"""Every route declares who may call it, or the program does not start."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
from starlette.staticfiles import StaticFiles

from monitor_app.api.access import UndeclaredRoutes, assert_all_declared, declared, open_to_all, public, requires
from monitor_app.api.app import create_api
from monitor_app.security.permissions import AUDIT_READ, BOARD_READ, Identity

Reader = Annotated[Identity, requires(BOARD_READ)]


async def plain(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("")


def needs(app: Any) -> dict[str, str | None]:
    return {route.path: route.needs for route in declared(app)}


def test_our_api_declares_everything() -> None:
    assert_all_declared(create_api())
    found = needs(create_api())
    assert found["/api/audit.csv"] == found["/api/audit.json"] == AUDIT_READ
    assert found["/api/auth/login"] == found["/livez"] == "public"
    assert found["/api/docs"] == found["/api/openapi.json"] == BOARD_READ


def test_what_routes_of_every_kind_declare() -> None:
    app, router, inner = FastAPI(openapi_url=None), APIRouter(prefix="/noun"), APIRouter()

    @app.get("/reader")
    async def reader(identity: Reader) -> None: ...

    @app.get("/everybody", dependencies=[public()])
    async def everybody() -> None: ...

    async def through(identity: Reader) -> str:
        return identity.name

    @router.post("/deep")
    async def deep(name: Annotated[str, Depends(through)]) -> None: ...

    @inner.websocket("/socket")
    async def socket(websocket: WebSocket, identity: Reader) -> None: ...

    router.include_router(inner, prefix="/inner")
    app.include_router(router, prefix="/v1")
    assert needs(app) == {
        "/reader": BOARD_READ,
        "/everybody": "public",
        "/v1/noun/deep": BOARD_READ,
        "/v1/noun/inner/socket": BOARD_READ,
    }


@pytest.mark.parametrize(
    "route",
    [
        Route("/forgotten", plain),
        Mount("/forgotten", routes=[Route("/deep", plain)]),
        Mount("/forgotten", StaticFiles(directory=".")),
        Mount("/forgotten", FastAPI()),  # its own pages
        WebSocketRoute("/forgotten", plain),
        Host("forgotten.example", Router()),
        Route("/_upload", plain),
        Mount("/_event/forgotten", StaticFiles(directory=".")),
    ],
)
def test_route_that_declares_nothing_keeps_the_program_from_starting(route: Any) -> None:
    app = create_api()
    assert_all_declared(app)
    app.routes.append(route)
    with pytest.raises(UndeclaredRoutes, match=r"forgotten|_upload|requires"):
        assert_all_declared(app)


def test_route_of_fastapi_that_declares_nothing_is_named() -> None:
    app = FastAPI(openapi_url=None)

    @app.put("/things/{pk}")
    async def forgotten(pk: int) -> None: ...

    with pytest.raises(UndeclaredRoutes, match=r"PUT /things/\{pk\}"):
        assert_all_declared(app)


def test_routes_of_the_framework_are_pinned() -> None:
    built = Mount("", StaticFiles(directory="."), name="frontend")
    routes = [Route("/ping", plain), Route("/_health", plain), Mount("/_event", StaticFiles(directory=".")), built]
    assert set(needs(Starlette(routes=routes)).values()) == {"framework"}


def test_plain_endpoint_may_be_open_to_all() -> None:
    assert needs(Starlette(routes=[Route("/open", open_to_all(lambda _request: None))])) == {"/open": "public"}


def test_permission_must_exist() -> None:
    with pytest.raises(ValueError, match="board:read"):
        requires("board:raed")
