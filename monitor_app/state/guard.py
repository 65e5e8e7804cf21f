"""Who may call which event handler: nobody, unless the handler declares the permission it needs.

Reflex authorizes nothing: every public method of a state can be called by any socket, with any payload.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Final, TypeVar

import reflex as rx
from reflex.app import App
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegisteredEventHandler, RegistrationContext

from monitor_app.errors import LightbulbError
from monitor_app.log import get_logger
from monitor_app.security.permissions import NOBODY, PERMISSIONS, Identity, identify

# Handlers of Reflex itself that a browser must be able to call. Pinned: a test fails when an upgrade adds one.
_ROOT: Final = "reflex___state____state"
FRAMEWORK_HANDLERS: Final = frozenset(
    f"{_ROOT}.{name}"
    for name in (
        "hydrate",
        "hydrate_and_load",
        "set_is_hydrated",
        "reflex___state____on_load_internal_state.on_load_internal",
        "reflex___state____on_load_internal_state.set_is_hydrated",
        "reflex___state____update_vars_internal_state.update_vars_internal",
        "reflex___state____frontend_event_exception_state.handle_frontend_exception",
    )
)
_FRAMEWORK_PACKAGES: Final = ("reflex", "reflex_base", "reflex_components")
_MARK: Final = "__required_permission__"
# Who knocks at a locked door all day must not fill the log: one line in this time for each reason, with how often.
DENIAL_SECONDS: Final = 1.0

logger = get_logger(__name__)
Handler = TypeVar("Handler", bound=Callable[..., Any])
_caller: ContextVar[Identity] = ContextVar("caller", default=NOBODY)


class UndeclaredHandlers(LightbulbError):
    """Event handlers that name no permission; the program must not start with them."""


def requires(permission: str) -> Callable[[Handler], Handler]:
    """Mark an event handler with the permission it needs. Stands under `@rx.event`.

    Raises ValueError for a permission that does not exist.
    """
    if permission not in PERMISSIONS:
        raise ValueError(f"permission must be one of {', '.join(PERMISSIONS)}, got {permission!r}")

    def mark(handler: Handler) -> Handler:
        setattr(handler, _MARK, permission)
        return handler

    return mark


def caller() -> Identity:
    """Who sent the event whose handler runs now; nobody, with no permission, outside of one."""
    return _caller.get()


class EventGuard(Middleware):
    """Denies every event whose handler declares nothing, or more than its caller holds. Must be the first middleware.

    That ends `setvar` and `set_*` too, which Reflex adds to each state by itself.
    """

    def __init__(self, public_url: str = "", monotonic: Callable[[], float] = time.monotonic) -> None:
        self._public_url = public_url
        self._monotonic = monotonic
        self._told_at: dict[str, float] = {}
        self._untold: Counter[str] = Counter()

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """None lets the event through; anything else ends it here."""
        router = state.router
        peer = router.session.client_ip
        identity = identify(peer, router.headers.host, router.headers.origin, self._public_url)
        _caller.set(identity)
        if event.name in FRAMEWORK_HANDLERS:
            return None
        needed = permission_of(RegistrationContext.get().event_handlers[event.name])
        if needed is not None and identity.may(needed):
            return None
        self._log_denial(
            needed or "a handler that declares its permission",
            handler=event.name,
            caller=identity.name,
            role=identity.role,
            peer=peer,
            origin=router.headers.origin,
        )
        return StateUpdate(events=[] if needed is None else _refusal(needed))

    def _log_denial(self, reason: str, **fields: Any) -> None:
        now = self._monotonic()
        self._untold[reason] += 1
        if now - self._told_at.get(reason, float("-inf")) >= DENIAL_SECONDS:
            self._told_at[reason] = now
            logger.warning("an event was denied", needs=reason, times=self._untold.pop(reason), **fields)


def permission_of(registered: RegisteredEventHandler) -> str | None:
    """What a handler declares; None when it declares nothing."""
    permission: str | None = getattr(registered.handler.fn, _MARK, None)
    return permission


def app_handlers() -> Iterator[tuple[str, RegisteredEventHandler]]:
    """Every event handler that this program defines, by its full name; those of Reflex are left out."""
    for name, registered in sorted(RegistrationContext.ensure_context().event_handlers.items()):
        if not _is_of_framework(registered):
            yield name, registered


def framework_handlers() -> Iterator[str]:
    """Every event handler that Reflex brings, but for the setters that it adds to each state."""
    for name, registered in sorted(RegistrationContext.ensure_context().event_handlers.items()):
        if _is_of_framework(registered) and not _is_setter(registered):
            yield name


def install_guard(app: App, public_url: str = "") -> None:
    """Put the guard before all else, once every page and state is imported. Raises UndeclaredHandlers."""
    assert_all_declared()
    app.add_middleware(EventGuard(public_url), index=0)


def assert_all_declared() -> None:
    """Called at the start. Raises UndeclaredHandlers, naming each handler of ours that declares no permission."""
    if missing := [name for name, registered in app_handlers() if permission_of(registered) is None]:
        raise UndeclaredHandlers(
            "every public method of a state is an event handler, and these declare no permission: put @requires(...) "
            f"under @rx.event, or begin the name with an underscore: {', '.join(missing)}"
        )


def _is_of_framework(registered: RegisteredEventHandler) -> bool:
    module = getattr(registered.handler.fn, "__module__", None) or ""
    return module.split(".", 1)[0] in _FRAMEWORK_PACKAGES


def _is_setter(registered: RegisteredEventHandler) -> bool:
    name: str = getattr(registered.handler.fn, "__name__", "")
    return name == "setvar" or (name.startswith("set_") and registered.handler.fn.__module__.endswith("vars.base"))


def _refusal(permission: str) -> list[Event]:
    """What the browser is told: an honest person pressed a button that is not theirs."""
    return Event.from_event_type(rx.toast.error(f"You may not {PERMISSIONS[permission]}."))
