"""Reflex's entry: the app, its API, its lifespan, its pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx

from monitor_app import bootstrap
from monitor_app.api.app import create_api
from monitor_app.settings import load_settings


@asynccontextmanager
async def lifespan() -> AsyncIterator[None]:
    """Runs once in each worker, around everything."""
    async with bootstrap.start_web(load_settings()):
        yield


class Placeholder(rx.State):
    """Stands here until the board does."""

    is_here: bool = True


def index() -> rx.Component:
    """An empty page."""
    return rx.el.h1(rx.cond(Placeholder.is_here, "Lightbulb", "…"))


app = rx.App(api_transformer=create_api())
app.register_lifespan_task(lifespan)
app.add_page(index, route="/", title="Lightbulb")
