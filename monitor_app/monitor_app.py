"""Reflex's entry: the app, its API, its lifespan, its pages; nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import reflex as rx
from reflex.utils import prerequisites
from reflex_base import constants
from starlette.types import ASGIApp

from monitor_app import bootstrap
from monitor_app.api.access import assert_all_declared
from monitor_app.api.app import create_api
from monitor_app.api.doorman import Doorman, PageGate, Policies
from monitor_app.api.who import by_cookie
from monitor_app.pages import add_pages, needs_by_name
from monitor_app.server import first_start
from monitor_app.settings import load_settings
from monitor_app.state import alert_feed, map_feed, source_feed
from monitor_app.state.failures import FrontendReports, tell_failure
from monitor_app.state.frames import FrameGuard
from monitor_app.state.guard import install_guard
from monitor_app.state.rows.rooms import ReflexRooms
from monitor_app.state.socket_server import make_server
from monitor_app.state.sockets import install_sockets

settings = load_settings()


class GuardedApp(rx.App):
    """Reflex's app, which is served only behind the doorman, and only when all that it serves declares who may."""

    def __call__(self) -> ASGIApp:
        """The whole ASGI app. Raises UndeclaredRoutes and UndeclaredPages."""
        served = super().__call__()
        assert_all_declared(served)
        build = Path(prerequisites.get_web_dir()) / constants.Dirs.STATIC
        gate = PageGate(needs_by_name(self), self.router, by_cookie)
        return Doorman(FrameGuard(served), settings, gate, Policies.of_build(build))


app = GuardedApp(
    sio=make_server(settings.allowed_origins),
    api_transformer=create_api(settings),
    backend_exception_handler=tell_failure,
    frontend_exception_handler=FrontendReports().tell,
)
add_pages(app)
install_guard(app)
sockets = install_sockets(app)


@app.register_lifespan_task
@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    """Runs once in each worker, around everything."""
    map_rooms = ReflexRooms(sockets, map_feed.MapFeed, map_feed.PREFIX)
    alert_rooms = ReflexRooms(sockets, alert_feed.AlertsFeed, alert_feed.PREFIX)
    source_rooms = ReflexRooms(sockets, source_feed.SourcesFeed, source_feed.PREFIX)
    all_rooms = (map_rooms, alert_rooms, source_rooms)
    async with bootstrap.start_web(settings, ReflexRooms(sockets), sockets.judge, *all_rooms):
        await first_start.begin(settings)
        yield
