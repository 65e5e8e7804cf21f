"""Who may call which event handler: nobody, unless the handler declares the permission it needs.

Reflex authorizes nothing: every public method of a state can be called by any socket, with any payload. Who sent an
event is looked up anew for each of them, also for those that follow from it, by the session of its socket's handshake.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeVar

from reflex.app import App
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.registry import RegisteredEventHandler, RegistrationContext

from monitor_app.domain.account import Preferences
from monitor_app.errors import LightbulbError
from monitor_app.log import correlation_id, get_logger
from monitor_app.security.permissions import NOBODY, PERMISSIONS, Identity
from monitor_app.state import runtime
from monitor_app.state.bound_tokens import SESSION_KEY, VISITOR_KEY, is_bound
from monitor_app.state.notice import send_away, tell
from monitor_app.state.payloads import framework_misfit, misfit
from monitor_app.state.person import PersonState
from monitor_app.use_cases.visitors import key_of

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
_PAGE_LOADS: Final = frozenset({"hydrate", "hydrate_and_load"})
_MARK: Final = "__required_permission__"
# What `public` marks with; no identity has to hold it.
PUBLIC: Final = ""
# Who knocks at a locked door all day must not fill the log: one line in this time for each reason, with how often.
DENIAL_SECONDS: Final = 1.0
CORRELATION: Final = "correlation_id"  # where an event's router data holds what names all that follows from it
REFUSED: Final = "This page sent something that cannot be understood; load it again"

logger = get_logger(__name__)
Handler = TypeVar("Handler", bound=Callable[..., Any])


class UndeclaredHandlers(LightbulbError):
    """Event handlers that name no permission; the program must not start with them."""


class Access(Protocol):
    """What the screens ask of use_cases/access.py."""

    def session_key(self, cookie_header: str) -> str:
        """The key of the session that a Cookie header names, good or not; "" without one."""
        ...

    def visitor_key(self, cookie_header: str) -> str:
        """The key of what is kept of a browser that is not logged in; "" without its cookie."""
        ...

    def of_key(self, session_key: str, address: str, *, is_use: bool = True) -> Identity:
        """Who the session belongs to now; nobody when it has ended."""
        ...

    def preferences(self, account_pk: int | None) -> Preferences:
        """What somebody has chosen."""
        ...


class _Closed:
    """Before the program has started nobody is anybody."""

    def session_key(self, cookie_header: str) -> str:
        return ""

    def visitor_key(self, cookie_header: str) -> str:
        return ""

    def of_key(self, session_key: str, address: str, *, is_use: bool = True) -> Identity:
        return replace(NOBODY, address=address)

    def preferences(self, account_pk: int | None) -> Preferences:
        return Preferences()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an event came from, as its socket told when it was opened."""

    session_key: str = ""
    address: str = ""
    correlation_id: str = ""
    visitor_key: str = ""

    def identity(self, *, is_use: bool = False) -> Identity:
        """Who that is now."""
        identity = access().of_key(self.session_key, self.address, is_use=is_use)
        return replace(identity, correlation_id=self.correlation_id)


_origin: ContextVar[Origin | None] = ContextVar("origin", default=None)


def requires(permission: str) -> Callable[[Handler], Handler]:
    """Mark an event handler with the permission it needs. Stands under `@rx.event`.

    Raises ValueError for a permission that does not exist.
    """
    if permission not in PERMISSIONS:
        raise ValueError(f"permission must be one of {', '.join(PERMISSIONS)}, got {permission!r}")
    return _marking(permission)


def public(handler: Handler) -> Handler:
    """Mark an event handler that everybody may call, logged in or not. Stands under `@rx.event`."""
    return _marking(PUBLIC)(handler)


def caller() -> Identity:
    """Who sent the event whose handler runs now; nobody, with no permission, outside of one.

    It is looked up each time: a handler that runs on after its session has ended acts as nobody from then on.
    """
    origin = _origin.get()
    return NOBODY if origin is None else origin.identity()


def origin_of_event() -> Origin:
    """Where the event came from that Reflex deals with here; a blank one outside of an event."""
    try:
        router = EventContext.get().router_data
    except LookupError:
        return Origin()
    visitor_key = router.get(VISITOR_KEY, "")
    return Origin(router.get(SESSION_KEY, ""), router.get("ip", ""), router.get(CORRELATION, ""), visitor_key)


def own_key() -> str:
    """Under what is kept what the sender of this event chooses, see `use_cases.visitors.key_of`."""
    origin = origin_of_event()
    return key_of(origin.identity(), origin.session_key, origin.visitor_key)


def access() -> Access:
    """The AccessBook of the process; before it has started, one that knows nobody."""
    running = runtime.current() if runtime.is_running() else None
    return _Closed() if running is None or running.access is None else running.access


def note_denial(identity: Identity, action: str) -> None:
    """Have the audit log tell of it."""
    if runtime.is_running() and runtime.current().denials is not None:
        runtime.current().denials.note(identity, action)


async def show_person(state: BaseState) -> None:
    """Tell the browser of `state` who sits before it; to be called after their preferences changed."""
    person = await state.get_state(PersonState)
    origin = origin_of_event()
    identity = origin.identity()
    key = own_key()
    if key and runtime.current().visitors is not None:
        preferences: Preferences = await runtime.current().visitors.preferences(identity, key)
    else:
        # A browser that chose something for the first time has told this socket, which was open before its cookie.
        told = person._told if identity.via == "nothing" else None
        preferences = told or access().preferences(identity.account_pk)
    person._take(identity, origin.session_key, preferences)


class EventGuard(Middleware):
    """Denies every event whose handler declares nothing, or more than its caller holds. Must be the first middleware.

    That ends `setvar` and `set_*` too, which Reflex adds to each state by itself.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._told_at: dict[str, float] = {}
        self._untold: Counter[str] = Counter()

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """None lets the event through; anything else ends it here."""
        origin = origin_of_event()
        _origin.set(origin)
        correlation_id.set(origin.correlation_id)
        is_ours = event.name not in FRAMEWORK_HANDLERS
        if is_ours and runtime.is_running() and (own := runtime.current().own_health) is not None:
            own.requests.events += 1
        identity = origin.identity(is_use=is_ours)
        if not is_bound(EventContext.get().token, origin.session_key):
            # The sockets see to it that this cannot happen; if it does, the state here is somebody else's.
            self._log("its state belongs to another session", event, identity)
            return send_away("reload")
        registered = RegistrationContext.get().event_handlers[event.name]
        if is_ours and (refusal := self._judge(registered, event, identity)) is not None:
            return refusal
        name = event.name.rpartition(".")[2]
        wrong = misfit(registered, event.payload) if is_ours else framework_misfit(name, event.payload)
        if wrong:
            self._log(wrong, event, identity)
            return tell(REFUSED)
        # A page comes up, or its state has been forgotten in the meantime.
        if name in _PAGE_LOADS or not (await state.get_state(PersonState)).session_mark:
            await show_person(state)
        return None

    def _judge(self, registered: RegisteredEventHandler, event: Event, identity: Identity) -> StateUpdate | None:
        needed = permission_of(registered)
        if needed == PUBLIC or (needed is not None and identity.may(needed)):
            return None
        self._log(needed or "a handler that declares its permission", event, identity)
        note_denial(identity, f"event {short_name(registered)}")
        if needed is None:
            return StateUpdate()
        # An honest person pressed a button that is not theirs, or has been logged out.
        return send_away("login") if identity.via == "nothing" else tell(f"You may not {PERMISSIONS[needed]}.")

    def _log(self, reason: str, event: Event, identity: Identity) -> None:
        now = self._monotonic()
        self._untold[reason] += 1
        if now - self._told_at.get(reason, float("-inf")) >= DENIAL_SECONDS:
            self._told_at[reason] = now
            logger.warning(
                "an event was denied",
                needs=reason,
                times=self._untold.pop(reason),
                handler=event.name,
                caller=identity.name,
                role=identity.role,
                peer=identity.address,
            )


def short_name(registered: RegisteredEventHandler) -> str:
    """`State.handler`, as people know it."""
    return f"{registered.states[0].__name__}.{registered.handler.fn.__name__}"


def permission_of(registered: RegisteredEventHandler) -> str | None:
    """What a handler declares, PUBLIC included; None when it declares nothing."""
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


def install_guard(app: App) -> None:
    """Put the guard before all else, once every page and state is imported. Raises UndeclaredHandlers."""
    assert_all_declared()
    app.add_middleware(EventGuard(), index=0)


def assert_all_declared() -> None:
    """Called at the start. Raises UndeclaredHandlers, naming each handler of ours that declares no permission."""
    if missing := [name for name, registered in app_handlers() if permission_of(registered) is None]:
        raise UndeclaredHandlers(
            "every public method of a state is an event handler, and these declare no permission: put @requires(...) "
            f"or @public under @rx.event, or begin the name with an underscore: {', '.join(missing)}"
        )


def _is_of_framework(registered: RegisteredEventHandler) -> bool:
    module = getattr(registered.handler.fn, "__module__", None) or ""
    return module.split(".", 1)[0] in _FRAMEWORK_PACKAGES


def _is_setter(registered: RegisteredEventHandler) -> bool:
    name: str = getattr(registered.handler.fn, "__name__", "")
    return name == "setvar" or (name.startswith("set_") and registered.handler.fn.__module__.endswith("vars.base"))


def _marking(permission: str) -> Callable[[Handler], Handler]:
    def mark(handler: Handler) -> Handler:
        setattr(handler, _MARK, permission)
        return handler

    return mark
