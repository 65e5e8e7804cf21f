"""Which permission each route takes. A route that says nothing keeps the program from starting.

@router.get("/audit.json")
async def audit(identity: Annotated[Identity, requires(AUDIT_READ)]) -> ...:
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from fastapi import Depends
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute
from starlette.requests import HTTPConnection
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from monitor_app.errors import LightbulbError
from monitor_app.security.permissions import PERMISSIONS, Identity

PUBLIC: Final = "public"
# What Reflex brings: the websocket (each event is judged by state.guard), two signs of life, and the built files (pages
# are judged by the doorman). Pinned: the start is refused when an upgrade adds one.
FRAMEWORK_ROUTES: Final = frozenset({"/_event", "/ping", "/_health", "frontend"})
_MARK: Final = "__required_permission__"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class UndeclaredRoutes(LightbulbError):
    """Routes that name no permission; the program must not start with them."""


@dataclass(frozen=True, slots=True)
class Access:
    """The dependency that judges. `permission` None lets everybody in, and still tells who it is."""

    permission: str | None

    async def __call__(self, connection: HTTPConnection) -> Identity:
        """Who asks. Raises PermissionDenied."""
        identity: Identity = connection.state.identity
        if self.permission is not None:
            identity.require(self.permission)
        return identity


@dataclass(frozen=True, slots=True)
class DeclaredRoute:
    """A route and what it takes: a permission, `public`, or `framework`; None: it says nothing."""

    path: str
    methods: tuple[str, ...]
    needs: str | None


def requires(permission: str) -> Any:
    """For a parameter of a route: only who holds `permission` comes in. Raises ValueError for an unknown one."""
    if permission not in PERMISSIONS:
        raise ValueError(f"permission must be one of {', '.join(PERMISSIONS)}, got {permission!r}")
    return Depends(Access(permission))


def public() -> Any:
    """For a parameter of a route that everybody may call."""
    return Depends(Access(None))


def open_to_all(endpoint: Endpoint) -> Endpoint:
    """Mark a plain endpoint, which has no dependencies, as one that everybody may call."""
    setattr(endpoint, _MARK, PUBLIC)
    return endpoint


def mark(endpoint: Any, permission: str) -> None:
    """For what asks the identity itself: tell which permission it takes. Raises ValueError for an unknown one."""
    setattr(endpoint, _MARK, requires(permission).dependency.permission)


def assert_all_declared(app: Any) -> None:
    """Called at the start with the whole app. Raises UndeclaredRoutes, naming each route that declares nothing."""
    if missing := [f"{','.join(route.methods)} {route.path}".strip() for route in declared(app) if route.needs is None]:
        raise UndeclaredRoutes(
            "these routes declare no permission: give each a parameter `identity: Annotated[Identity, "
            f"requires(...)]` or `public()`: {'; '.join(missing)}"
        )


def declared(app: Any, prefix: str = "") -> Iterator[DeclaredRoute]:
    """Every route of an app and of what is mounted in it, each with what it takes."""
    for route in app.routes:
        if isinstance(route, Mount):
            yield from _of_mount(route, prefix)
        elif (router := getattr(route, "original_router", None)) is not None:  # FastAPI's include_router
            yield from declared(router, prefix + route.include_context.prefix)
        else:
            path, methods = prefix + getattr(route, "path", ""), getattr(route, "methods", None) or ()
            yield DeclaredRoute(path, tuple(sorted(methods)), _need_of(route, path))


def _of_mount(mount: Mount, prefix: str) -> Iterator[DeclaredRoute]:
    path = prefix + mount.path
    if mount.routes:
        yield from declared(mount, path)
    else:
        name = path or mount.name or ""
        yield DeclaredRoute(name, (), "framework" if name in FRAMEWORK_ROUTES else None)


def _need_of(route: BaseRoute, path: str) -> str | None:
    if isinstance(route, APIRoute | APIWebSocketRoute):
        return _need_of_dependant(route.dependant)
    if isinstance(route, Route | WebSocketRoute):
        mark: str | None = getattr(route.endpoint, _MARK, None)
        return mark or ("framework" if path in FRAMEWORK_ROUTES else None)
    return None


def _need_of_dependant(dependant: Dependant) -> str | None:
    for inner in dependant.dependencies:
        if isinstance(inner.call, Access):
            return inner.call.permission or PUBLIC
        if (found := _need_of_dependant(inner)) is not None:
            return found
    return None
