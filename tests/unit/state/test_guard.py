"""Events through Reflex's real pipeline: only what is declared and permitted runs."""

import importlib
import pkgutil
from typing import Any

import pytest
import reflex as rx
from reflex_base.event import Event
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext

import monitor_app.components
import monitor_app.pages
import monitor_app.state
from monitor_app.security.permissions import PERMISSIONS
from monitor_app.state.guard import (
    FRAMEWORK_HANDLERS,
    EventGuard,
    UndeclaredHandlers,
    app_handlers,
    assert_all_declared,
    caller,
    framework_handlers,
    install_guard,
    permission_of,
    requires,
)

LOCAL = {"ip": "127.0.0.1", "headers": {"host": "localhost:3000", "origin": "http://localhost:3000"}}
FAR = {"ip": "192.0.2.7", "headers": {"host": "localhost:3000", "origin": "http://localhost:3000"}}
OTHER_SITE = {"ip": "127.0.0.1", "headers": {"host": "localhost:3000", "origin": "https://evil.example"}}

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


class Browser:
    """Takes what would be sent to a browser."""

    def __init__(self) -> None:
        self.updates: list[Any] = []

    async def emit_update(self, update: Any, token: str) -> None:
        self.updates.append(update)

    @property
    def notes(self) -> list[str]:
        deltas = [update.delta or {} for update in self.updates]
        values = [value for delta in deltas for fields in delta.values() for value in fields.items()]
        return [value for name, value in values if name.startswith("note") and value]

    @property
    def toasts(self) -> str:
        return str([update.events for update in self.updates if update.events])


async def send(name: str, router: dict[str, Any], **payload: Any) -> Browser:
    """One event of a browser, through the whole pipeline."""
    browser = Browser()
    with CONTEXT.fork() as context:
        app = rx.App(_state=rx.State)
        app.add_middleware(EventGuard(), index=0)
        assert context.app is app
        processor = BaseStateEventProcessor(middleware=app)
        async with processor.configure(event_namespace=browser):
            full_name = f"{Probed.get_full_name()}.{name}" if "." not in name else name
            data = {"pathname": "/", "client_token": "t", "sid": "s"} | router
            future = await processor.enqueue("t", Event(name=full_name, payload=payload, router_data=data))
            await future.wait_all()
    return browser


async def test_declared_handler_runs_for_who_may() -> None:
    assert (await send("declared", LOCAL, text="done")).notes == ["done by local administrator"]


async def test_background_handler_knows_its_caller() -> None:
    assert (await send("in_background", LOCAL)).notes == ["background by local administrator"]


@pytest.mark.parametrize("router", [FAR, OTHER_SITE, {}])
@pytest.mark.parametrize(("name", "payload"), [("declared", {"text": "x"}), ("in_background", {}), ("mixed_in", {})])
async def test_who_may_not_is_told_and_nothing_runs(name: str, payload: dict[str, Any], router: dict[str, Any]) -> None:
    browser = await send(name, router, **payload)
    assert browser.notes == []
    assert "You may not" in browser.toasts


async def test_permission_of_a_mixin_is_kept() -> None:
    assert (await send("mixed_in", LOCAL)).notes == ["mixed in"]


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
async def test_undeclared_handlers_never_run_not_even_for_the_administrator(
    name: str, payload: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    browser = await send(name, LOCAL, **payload)
    assert browser.notes == []
    assert "an event was denied" in caplog.text


async def test_denial_is_logged_with_who_and_what(caplog: pytest.LogCaptureFixture) -> None:
    await send("declared", FAR, text="x")
    (record,) = [record for record in caplog.records if record.message == "an event was denied"]
    fields = record.fields
    assert fields["handler"].endswith("probed.declared")
    assert (fields["needs"], fields["role"], fields["peer"]) == ("service:write", "anonymous", "192.0.2.7")


async def test_flood_of_denials_is_one_line_a_second(caplog: pytest.LogCaptureFixture) -> None:
    times = iter([0.0, 0.1, 0.9, 1.1, 1.2])
    guard = EventGuard(monotonic=lambda: next(times))
    with CONTEXT.fork():
        app = rx.App(_state=rx.State)
        state = Probed()
        denied = Event(name=f"{Probed.get_full_name()}.declared", payload={}, router_data={})
        for _ in range(5):
            assert await guard.preprocess(app, state, denied) is not None
    told = [record.fields["times"] for record in caplog.records if record.message == "an event was denied"]
    assert told == [1, 3]


async def test_framework_handlers_go_through() -> None:
    browser = await send("reflex___state____state.set_is_hydrated", FAR, value=True)
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
        assert permission_of(registered) in PERMISSIONS


def test_framework_handlers_are_pinned() -> None:
    """An upgrade of Reflex that adds a handler which any browser can call must be looked at by us."""
    import_all_states()
    assert set(framework_handlers()) == FRAMEWORK_HANDLERS
