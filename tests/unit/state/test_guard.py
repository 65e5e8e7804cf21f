"""Events through Reflex's real pipeline: only what is declared and permitted runs."""

import asyncio
import importlib
import pkgutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import reflex as rx
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.event import Event
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext

import monitor_app.components
import monitor_app.pages
import monitor_app.state
from monitor_app.errors import PermissionDenied
from monitor_app.security.permissions import EDITOR, PERMISSIONS, VIEWER, Identity
from monitor_app.state import runtime
from monitor_app.state.bound_tokens import new_token
from monitor_app.state.failures import tell_failure
from monitor_app.state.guard import (
    FRAMEWORK_HANDLERS,
    PUBLIC,
    REFUSED,
    EventGuard,
    UndeclaredHandlers,
    app_handlers,
    assert_all_declared,
    caller,
    framework_handlers,
    install_guard,
    permission_of,
    public,
    requires,
)
from monitor_app.state.person import NOBODY_MARK, mark_of
from tests.known_access import KnownAccess

EDITOR_KEY, VIEWER_KEY, GONE_KEY = "e" * 64, "a" * 64, "f" * 64
EDITOR_ROUTER = {"ip": "192.0.2.1", "session_key": EDITOR_KEY}
VIEWER_ROUTER = {"ip": "192.0.2.2", "session_key": VIEWER_KEY}
NOBODY_ROUTER = {"ip": "192.0.2.7", "session_key": ""}
GONE_ROUTER = {"ip": "192.0.2.8", "session_key": GONE_KEY}

UPDATE_VARS = "reflex___state____state.reflex___state____update_vars_internal_state.update_vars_internal"
FRONTEND_ERROR = "reflex___state____state.reflex___state____frontend_event_exception_state.handle_frontend_exception"
# What ends a session while a handler runs.
OUTLIVING: list[Callable[[], None]] = []

# What is registered in here, the rest of the program never sees.
CONTEXT = RegistrationContext.ensure_context().fork()

with CONTEXT:

    class Mixed(rx.State, mixin=True):
        """Handlers that a state takes over."""

        @rx.event
        @requires("service:delete")
        def mixed_in(self) -> None:
            """Declared on a mixin."""
            self.note = "mixed in"

    class Probed(Mixed, rx.State):
        """One handler of each sort."""

        note: str = ""

        @rx.event
        @requires("service:write")
        def declared(self, text: str) -> None:
            """As it should be."""
            self.note = f"{text} by {caller().name}"

        @rx.event(background=True)
        @requires("service:write")
        async def in_background(self) -> None:
            """Knows its caller too."""
            async with self:
                self.note = f"background by {caller().name}"

        @rx.event
        @requires("board:read")
        def chained(self) -> Any:
            """A handler that is called by a handler is guarded as well."""
            return Probed.forgotten

        @rx.event
        def forgotten(self) -> None:
            """Somebody forgot."""
            self.note = "forgotten"

        def public_method(self) -> None:
            """Not even meant as a handler."""
            self.note = "public method"

        @rx.event
        @requires("board:read")
        def calls_declared(self) -> Any:
            """Who may this need not be allowed what follows."""
            return Probed.declared("chained")

        @rx.event
        @requires("service:write")
        def whereabouts(self) -> None:
            """What else is known of the caller."""
            self.note = f"{caller().address} {caller().correlation_id}"

        @rx.event(background=True)
        @requires("service:write")
        async def outlives(self) -> None:
            """Its session ends while it runs."""
            before = caller().name
            OUTLIVING.pop()()
            async with self:
                self.note = f"{before}, then {caller().name}"

        @rx.event(background=True)
        @requires("service:write")
        async def outlives_and_calls(self) -> Any:
            """The same, with something to follow."""
            OUTLIVING.pop()()
            return Probed.declared("too late")

        @rx.event
        @requires("board:read")
        async def fails_in_use_case(self) -> None:
            """The use case wants more than the handler declares."""
            caller().require("user:manage")

        @rx.event
        @public
        def for_all(self) -> None:
            """Part of the log-in page, say."""
            self.note = "for all"


class Denials:
    """Takes what the audit log would be told."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str]] = []

    def note(self, identity: Identity, action: str, target: str = "") -> None:
        self.noted.append((identity.name, action))


class Browser:
    """Takes what would be sent to a browser."""

    def __init__(self) -> None:
        self.updates: list[Any] = []
        self.told = asyncio.Event()

    async def emit_update(self, update: Any, token: str) -> None:
        self.updates.append(update)
        if self.sent("notice"):
            self.told.set()

    def sent(self, var: str) -> list[Any]:
        """Every value that was sent for a var of any state, defaults left out."""
        deltas = [update.delta or {} for update in self.updates]
        values = [value for delta in deltas for fields in delta.values() for value in fields.items()]
        return [value for name, value in values if name.removesuffix(FIELD_MARKER) == var and value]

    @property
    def notes(self) -> list[str]:
        return self.sent("note")

    @property
    def toasts(self) -> list[str]:
        return [notice["text"] for notice in self.sent("notice")]


@pytest.fixture
def book() -> Iterator[KnownAccess]:
    """The runtime with an editor and a viewer who are logged in."""
    known = KnownAccess(
        {
            EDITOR_KEY: Identity.of_role("eve", EDITOR, account_pk=1, via="session", credential="1"),
            VIEWER_KEY: Identity.of_role("vic", VIEWER, account_pk=2, via="session", credential="2"),
        }
    )
    nothing: Any = None
    runtime.install(runtime.Runtime(nothing, nothing, nothing, access=known, denials=Denials()))
    yield known
    runtime.uninstall()


async def send(name: str, router: dict[str, Any], token: str = "", **payload: Any) -> Browser:
    """One event of a browser, through the whole pipeline."""
    browser = Browser()
    with CONTEXT.fork() as context:
        app = rx.App(_state=rx.State, backend_exception_handler=tell_failure)
        app.add_middleware(EventGuard(), index=0)
        assert context.app is app
        processor = BaseStateEventProcessor(middleware=app, backend_exception_handler=app.backend_exception_handler)
        async with processor.configure(event_namespace=browser):
            full_name = f"{Probed.get_full_name()}.{name}" if "." not in name else name
            token = token or new_token(router.get("session_key", ""))
            data = {"pathname": "/", "client_token": token, "sid": "s", "correlation_id": "c1"} | router
            future = await processor.enqueue(token, Event(name=full_name, payload=payload, router_data=data))
            try:
                await future.wait_all()
            except PermissionDenied:  # what a handler lets through is told a moment later
                async with asyncio.timeout(60):
                    await browser.told.wait()
    return browser


def denied() -> list[tuple[str, str]]:
    noted: list[tuple[str, str]] = runtime.current().denials.noted
    return noted


async def test_declared_handler_runs_for_who_may(book: KnownAccess) -> None:
    assert (await send("declared", EDITOR_ROUTER, text="done")).notes == ["done by eve"]
    assert denied() == []


async def test_background_handler_knows_its_caller(book: KnownAccess) -> None:
    assert (await send("in_background", EDITOR_ROUTER)).notes == ["background by eve"]


async def test_caller_has_address_and_a_name_for_all_that_follows(book: KnownAccess) -> None:
    assert (await send("whereabouts", EDITOR_ROUTER)).notes == ["192.0.2.1 c1"]


async def test_chained_handler_is_judged_by_who_caused_it(book: KnownAccess) -> None:
    assert (await send("calls_declared", EDITOR_ROUTER)).notes == ["chained by eve"]
    browser = await send("calls_declared", VIEWER_ROUTER)
    assert browser.notes == []
    assert browser.toasts == ["You may not add and change services."]
    assert denied() == [("vic", "event Probed.declared")]


async def test_background_handler_that_outlives_its_session_is_nobody(book: KnownAccess) -> None:
    OUTLIVING.clear()
    OUTLIVING.append(lambda: book.end(EDITOR_KEY))
    browser = await send("outlives", EDITOR_ROUTER)
    assert browser.notes == ["eve, then anonymous"]


async def test_what_a_handler_causes_after_its_session_has_ended_does_not_run(book: KnownAccess) -> None:
    OUTLIVING.clear()
    OUTLIVING.append(lambda: book.end(EDITOR_KEY))
    browser = await send("outlives_and_calls", EDITOR_ROUTER)
    assert browser.notes == []
    assert browser.sent("leave") == ["login"]


@pytest.mark.parametrize("name", ["declared", "in_background", "mixed_in"])
async def test_who_may_not_is_told_and_nothing_runs(book: KnownAccess, name: str) -> None:
    browser = await send(name, VIEWER_ROUTER)
    assert browser.notes == []
    assert "You may not" in browser.toasts[0]
    assert [who for who, _ in denied()] == ["vic"]


@pytest.mark.parametrize("router", [NOBODY_ROUTER, GONE_ROUTER, {}])
async def test_who_is_not_logged_in_is_sent_to_the_log_in(book: KnownAccess, router: dict[str, Any]) -> None:
    browser = await send("declared", router, text="x")
    assert browser.notes == []
    assert browser.sent("leave") == ["login"]


async def test_before_the_program_runs_nobody_may_anything() -> None:
    browser = await send("declared", EDITOR_ROUTER, text="x")
    assert browser.notes == []
    assert browser.sent("leave") == ["login"]


async def test_public_handler_runs_for_everybody(book: KnownAccess) -> None:
    assert (await send("for_all", NOBODY_ROUTER)).notes == ["for all"]


async def test_permission_of_a_mixin_is_kept(book: KnownAccess) -> None:
    assert (await send("mixed_in", EDITOR_ROUTER)).notes == ["mixed in"]


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("forgotten", {}),
        ("public_method", {}),
        ("chained", {}),
        ("setvar", {"var_name": "note", "value": "set"}),
        ("reflex___state____state.setvar", {"var_name": "is_hydrated", "value": True}),
    ],
)
async def test_undeclared_handlers_never_run(
    book: KnownAccess, name: str, payload: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    browser = await send(name, EDITOR_ROUTER, **payload)
    assert browser.notes == []
    assert "an event was denied" in caplog.text


@pytest.mark.parametrize("stolen_by", [NOBODY_ROUTER, VIEWER_ROUTER, GONE_ROUTER])
async def test_state_of_another_session_is_never_worked_with(book: KnownAccess, stolen_by: dict[str, Any]) -> None:
    browser = await send("declared", stolen_by, new_token(EDITOR_KEY), text="x")
    assert browser.notes == []
    assert browser.sent("leave") == ["reload"]
    assert browser.sent("username") == []


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"text": "a", "id": 1},
        {"text": "a", "role": "admin", "self": 1},
        {"text": {"a": [1]}},
        {"text": None},
        {"other": "a"},
        {"text": [["x" * 1000] * 100]},
    ],
)
async def test_arguments_that_do_not_fit_are_one_calm_toast(
    book: KnownAccess, payload: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    browser = await send("declared", EDITOR_ROUTER, **{key: value for key, value in payload.items() if key != "self"})
    assert browser.notes == []
    assert browser.toasts == ([REFUSED] if payload != {"text": "a"} else [])
    assert [record for record in caplog.records if record.exc_info] == []
    assert "xxx" not in caplog.text


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("reflex___state____state.hydrate_and_load", {"vars": {"x.y": 1}}),
        ("reflex___state____state.hydrate_and_load", {"hashes": [1]}),
        ("reflex___state____state.hydrate_and_load", {"more": 1}),
        ("reflex___state____state.set_is_hydrated", {"value": {"a": 1}}),
        ("reflex___state____state.hydrate", {"a": 1}),
        (f"{UPDATE_VARS}", {"vars": {"reflex___state____state.note": 1}}),
        (f"{UPDATE_VARS}", {"vars": [1]}),
        (f"{FRONTEND_ERROR}", {"info": 1, "component_stack": "x"}),
        (f"{FRONTEND_ERROR}", {"info": "x" * 100_000, "component_stack": "x"}),
    ],
)
async def test_absurd_arguments_for_handlers_of_reflex_are_refused(
    book: KnownAccess, name: str, payload: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    browser = await send(name, EDITOR_ROUTER, **payload)
    assert browser.toasts == [REFUSED]
    assert [record for record in caplog.records if record.exc_info] == []


async def test_page_that_loads_learns_who_sits_before_it(book: KnownAccess) -> None:
    browser = await send("reflex___state____state.hydrate_and_load", EDITOR_ROUTER, hashes=["a"])
    assert browser.sent("username") == ["eve"]
    assert "service:write" in browser.sent("may")[0]
    assert browser.sent("session_mark") == [mark_of(EDITOR_KEY)]
    assert EDITOR_KEY not in str([update.delta for update in browser.updates])


async def test_page_of_nobody_learns_that(book: KnownAccess) -> None:
    browser = await send("reflex___state____state.hydrate_and_load", NOBODY_ROUTER)
    assert browser.sent("username") == []
    assert browser.sent("session_mark") == [NOBODY_MARK]


async def test_denial_is_logged_with_who_and_what(book: KnownAccess, caplog: pytest.LogCaptureFixture) -> None:
    await send("declared", NOBODY_ROUTER, text="x")
    (record,) = [record for record in caplog.records if record.message == "an event was denied"]
    fields = record.fields
    assert fields["handler"].endswith("probed.declared")
    assert (fields["needs"], fields["role"], fields["peer"]) == ("service:write", "anonymous", "192.0.2.7")


async def test_what_a_use_case_denies_is_told_and_noted(book: KnownAccess) -> None:
    browser = await send("fails_in_use_case", VIEWER_ROUTER)
    assert "may not manage users" in browser.toasts[0]
    assert denied() == [("vic", "event Probed.fails_in_use_case")]


async def test_flood_of_denials_is_one_line_a_second(book: KnownAccess, caplog: pytest.LogCaptureFixture) -> None:
    times = iter([0.0, 0.1, 0.9, 1.1, 1.2])
    guard = EventGuard(monotonic=lambda: next(times))
    identity = book.of_key(VIEWER_KEY, "192.0.2.2")
    for _ in range(5):
        guard._log("service:write", Event(name="a.b", payload={}, router_data={}), identity)
    told = [record.fields["times"] for record in caplog.records if record.message == "an event was denied"]
    assert told == [1, 3]


async def test_framework_handlers_go_through(book: KnownAccess) -> None:
    browser = await send("reflex___state____state.set_is_hydrated", NOBODY_ROUTER, value=True)
    assert any("is_hydrated" in str(update.delta) for update in browser.updates)


def test_outside_of_an_event_the_caller_is_nobody() -> None:
    assert caller().permissions == frozenset()


def test_unknown_permission_is_refused_where_it_is_written() -> None:
    with pytest.raises(ValueError, match="permission must be one of"):
        requires("world:rule")


def test_undeclared_handlers_stop_the_start() -> None:
    with CONTEXT.fork():
        app = rx.App(_state=rx.State)
        with pytest.raises(UndeclaredHandlers) as caught:
            install_guard(app)
    names = str(caught.value)
    assert "probed.forgotten" in names
    assert "probed.public_method" in names
    assert "declared," not in names
    assert "setvar" not in names


def import_all_states() -> None:
    for package in (monitor_app.state, monitor_app.components, monitor_app.pages):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)


def test_every_handler_of_ours_declares_a_permission() -> None:
    import_all_states()
    assert_all_declared()
    for _, registered in app_handlers():
        assert permission_of(registered) in {*PERMISSIONS, PUBLIC}


def test_framework_handlers_are_pinned() -> None:
    """An upgrade of Reflex that adds a handler which any browser can call must be looked at by us."""
    import_all_states()
    assert set(framework_handlers()) == FRAMEWORK_HANDLERS
