"""The press of status pages: follows changes by itself, renders once for all, and goes on while nothing can be read."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from monitor_app.api.status_pages import press as module
from monitor_app.api.status_pages.press import StatusPress
from monitor_app.bus.local import Bus
from monitor_app.domain.events import BoardChanged
from monitor_app.domain.status import Status
from monitor_app.engine.clock import SystemClock
from monitor_app.errors import DatabaseUnavailable
from monitor_app.security.permissions import SYSTEM
from monitor_app.use_cases.published import Pasts, Published, PublishedReader
from tests.integration.api.past import begin
from tests.integration.api.served import Served


class Reader(PublishedReader):
    """Counts, and can be made to fail."""

    is_gone = False
    pasts_read = 0

    async def read(self, known: Published, now: object) -> Published:
        if self.is_gone:
            raise DatabaseUnavailable("gone")
        return await super().read(known, now)  # type: ignore[arg-type]

    async def pasts(self, service_pks: object, now: object) -> Pasts:
        self.pasts_read += 1
        return await super().pasts(service_pks, now)  # type: ignore[arg-type]


@pytest.fixture
def reader(api: Served) -> Reader:
    return Reader(api.database)


@pytest.fixture
async def bus() -> AsyncIterator[Bus]:
    """Of another process than the one that changes pages: only what the board tells comes over it."""
    made = Bus()
    yield made
    await made.close()


@pytest.fixture
async def press(api: Served, reader: Reader, bus: Bus, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[StatusPress]:
    """One that looks every few milliseconds."""
    monkeypatch.setattr(module, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(module, "SPACING_SECONDS", 0.0)
    made = StatusPress(reader, api.running.board, bus, SystemClock(), public_url="https://watch.example.org")
    await made.start()
    yield made
    await made.close()


async def until(holds: Callable[[], object]) -> None:
    """Waits until it does."""
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0)


def text(press: StatusPress, slug: str = "shop") -> str:
    kept = press.find(slug)
    return kept.files[""].content.decode() if kept is not None else ""


async def test_follows_what_others_change_and_stays_when_nothing_can_be_read(
    api: Served, press: StatusPress, reader: Reader, bus: Bus
) -> None:
    """Pages of another process, results on the board, a database that goes and comes back."""
    await api.add("web")
    values = {"slug": "shop", "title": "Shop", "entries": [{"service_id": "web", "public_name": "Web"}]}
    await api.running.status_pages.create(SYSTEM, values)
    await until(lambda: "<h3>Web</h3>" in text(press))
    assert '<link rel="canonical" href="https://watch.example.org/status/shop">' in text(press)
    past = await begin(api)
    await past.results("web", (1, Status.FAILED))
    bus.publish(BoardChanged(frozenset({1}), is_layout=True))
    await until(lambda: "Major outage" in text(press))
    reader.is_gone = True
    await api.running.status_pages.update(SYSTEM, "shop", {"title": "Store"})
    with pytest.raises(DatabaseUnavailable):
        await press.read_now()
    assert "<h1>Shop</h1>" in text(press)
    reader.is_gone = False
    await until(lambda: "<h1>Store</h1>" in text(press))
    await api.running.status_pages.delete(SYSTEM, "shop")
    await until(lambda: press.find("shop") is None)


async def test_renders_again_only_what_differs(api: Served, press: StatusPress, reader: Reader) -> None:
    await api.add("web")
    await api.add("db")
    for slug, service in (("one", "web"), ("two", "db")):
        values = {"slug": slug, "title": slug, "entries": [{"service_id": service, "public_name": "It"}]}
        await api.running.status_pages.create(SYSTEM, values)
    await press.read_now()
    rendered, read, two = press.renderings, reader.pasts_read, press.find("two")
    past = await begin(api)
    await past.results("web", (1, Status.FAILED))
    for _ in range(3):
        await press.read_now()
    assert press.renderings == rendered + 1
    assert press.find("two") is two
    assert reader.pasts_read == read
