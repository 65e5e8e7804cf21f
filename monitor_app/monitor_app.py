"""Reflex's entry: the app, its API, its lifespan, its pages; nothing else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import reflex as rx

from monitor_app import bootstrap
from monitor_app.api.app import create_api
from monitor_app.api.doorman import Doorman
from monitor_app.pages import add_pages
from monitor_app.settings import load_settings
from monitor_app.state.failures import tell_failure
from monitor_app.state.guard import install_guard
from monitor_app.state.rows.rooms import ReflexRooms

settings = load_settings()
app = rx.App(
    api_transformer=[create_api(), partial(Doorman, settings=settings)], backend_exception_handler=tell_failure
)
add_pages(app)
install_guard(app, settings.public_url)


@app.register_lifespan_task
@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    """Runs once in each worker, around everything."""
    assert app.event_namespace is not None
    async with bootstrap.start_web(settings, ReflexRooms(app.event_namespace)):
        yield
