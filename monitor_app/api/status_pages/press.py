"""Renders status pages in the background, and keeps what was rendered: no reader ever waits for the database.

Two tasks: one reads what is published, and the past of the services; the other renders what differs, from that and from
the board in memory. So while the database does not answer, pages go on telling what is known, and since when.
"""

import asyncio
import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from monitor_app.api.answers import tag_of_content
from monitor_app.api.status_pages import feeds
from monitor_app.api.status_pages.html import render
from monitor_app.api.status_pages.noticed import noticed, noticed_window, page_key
from monitor_app.api.status_pages.style import policy_of, style_of
from monitor_app.bus.local import Bus, Subscription
from monitor_app.domain.events import BoardChanged, StatusPagesChanged
from monitor_app.domain.notice import MAINTENANCE, Notice
from monitor_app.domain.public_page import (
    DAYS,
    PublicPage,
    PublicService,
    keys_of,
    level_of,
    shown_level,
)
from monitor_app.domain.status_page import StatusPage
from monitor_app.engine.board import Board
from monitor_app.engine.clock import Clock
from monitor_app.errors import DatabaseUnavailable
from monitor_app.log import get_logger
from monitor_app.use_cases.public_windows import PublicWindows
from monitor_app.use_cases.published import Pasts, Published, PublishedReader, ServicePast
from monitor_app.use_cases.selection import Present

# Other processes change pages, too.
POLL_SECONDS: Final = 5.0
PAST_SECONDS: Final = 300.0
RETRY_LIMIT_SECONDS: Final = 60.0
# A page tells when it was made, so it is made anew now and then, whatever happens.
FRESH_SECONDS: Final = 60.0
# What happens at once is rendered at once, and then not again so soon.
SPACING_SECONDS: Final = 1.0
_NO_PAST: Final = ServicePast()

log = get_logger(__name__)


class Trouble(Protocol):
    """What the monitor says when it cannot vouch for what it shows."""

    @property
    def since(self) -> int:
        """Since when, in ms since 1970."""
        ...


@dataclass(frozen=True, slots=True)
class Printed:
    """An answer as it is sent: plain and packed."""

    content: bytes
    packed: bytes
    tag: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A page with all that is served of it; `files` by their names, "" is the page itself."""

    page: StatusPage
    public: PublicPage
    policy: str
    files: Mapping[str, Printed]
    services: Mapping[str, int]
    made_at: float


class StatusPress:
    """Keeps all pages printed. `home` is where this installation is, absolute; `judge` says what is wrong with it.

    Without `present` no page tells of maintenance windows.
    """

    def __init__(
        self,
        reader: PublishedReader,
        board: Board,
        bus: Bus,
        clock: Clock,
        *,
        public_url: str = "",
        home: str = "",
        judge: Callable[[], Any] = lambda: None,
        present: Present | None = None,
    ) -> None:
        self._reader = reader
        self._board = board
        self._bus = bus
        self._clock = clock
        self._public_url = public_url
        self._home = public_url or home
        self._judge = judge
        self._windows = PublicWindows(present)
        self._published = Published()
        self._pasts = Pasts(clock.now().date(), {})
        self._past_at = -PAST_SECONDS
        self._past_of: frozenset[int] = frozenset()
        self._kept: dict[str, Kept] = {}
        self._broken: set[int] = set()
        self._hosts: dict[str, str] = {}
        # By page: the revision that it was read for, and the picture.
        self._logos: dict[int, tuple[int, bytes]] = {}
        self._reading, self._printing = asyncio.Lock(), asyncio.Lock()
        self._changed, self._moved = asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._subscriptions: list[Subscription] = []
        # How many pages were rendered: what is asked for never adds to it.
        self.renderings = 0

    async def start(self) -> None:
        """Print all pages, then follow in the background. What cannot be read now is read later."""
        self._subscriptions = [
            self._bus.subscribe(StatusPagesChanged, self._on_pages, "status pages"),
            self._bus.subscribe(BoardChanged, self._on_board, "status pages: board"),
        ]
        try:
            await self.read_now()
        except DatabaseUnavailable as err:
            log.warning("status pages cannot be read yet", reason=str(err))
        self._tasks = [
            asyncio.create_task(self._follow(), name="status pages: reader"),
            asyncio.create_task(self._print(), name="status pages: press"),
        ]

    async def close(self) -> None:
        """Stop following; what is printed can still be read."""
        for subscription in self._subscriptions:
            await self._bus.unsubscribe(subscription)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def find(self, slug: str) -> Kept | None:
        """A page by its name in the address."""
        return self._kept.get(slug)

    def indexed(self) -> list[Kept]:
        """The pages that search engines may list."""
        return [kept for kept in self._kept.values() if kept.public.is_public and kept.public.is_indexed]

    def slug_of_host(self, host: str) -> str | None:
        """The page that has a host for itself."""
        return self._hosts.get(host)

    def find_public(self, key: str, only: str = "") -> tuple[Kept, PublicService] | None:
        """A service on a page that everybody may read, by `page.service` or by `service` alone, then the first one.

        `only`: of this page alone.
        """
        slug, dot, name = key.partition(".")
        wanted = self._kept if not dot else (slug,)
        pages = (kept for one in wanted if (kept := self._kept.get(one)) is not None and only in ("", one))
        public = (kept for kept in pages if kept.page.access == "public")
        return next((found for kept in public if (found := _service_on(kept, name if dot else key)) is not None), None)

    def past_of(self, pk: int) -> ServicePast:
        """What is known of the past of a service that stands on a page."""
        return self._pasts.of.get(pk, _NO_PAST)

    def logo(self, kept: Kept) -> bytes | None:
        """The picture of a page; None while it could not be read."""
        _, picture = self._logos.get(kept.page.pk, (0, None))
        return picture

    async def read_now(self) -> None:
        """Return when all that was committed before this call is printed. Raises DatabaseUnavailable."""
        async with self._reading:
            await self._read()
        await self._print_all()

    async def preview(self, page: StatusPage) -> PublicPage:
        """A page that is not published, as readers would see it. Raises DatabaseUnavailable."""
        now = self._clock.now()
        if new := [entry.service_pk for entry in page.entries if entry.service_pk not in self._pasts.of]:
            found = await self._reader.pasts(new, now)
            # Until all are read again: who writes a page looks at it with each letter.
            self._pasts = replace(self._pasts, of={**self._pasts.of, **found.of})
        return self._public(page, now)

    async def _on_pages(self, _event: StatusPagesChanged) -> None:
        self._changed.set()

    async def _on_board(self, event: BoardChanged) -> None:
        if event.is_layout:
            self._moved.set()

    async def _follow(self) -> None:
        failures = 0
        while True:
            await _pause(self._changed, min(POLL_SECONDS * 2 ** min(failures, 4), RETRY_LIMIT_SECONDS))
            try:
                async with self._reading:
                    await self._read()
            except Exception as err:  # noqa: BLE001 - pages must not stand still for ever
                failures += 1
                if failures == 1:
                    log.error("status pages cannot be brought up to date", reason=str(err))
            else:
                if failures:
                    log.info("status pages are read again", failures=failures)
                failures = 0
            self._moved.set()

    async def _read(self) -> None:
        now = self._clock.now()
        self._published = await self._reader.read(self._published, now)
        shown = {entry.service_pk for page in self._published.pages for entry in page.entries}
        monotonic = self._clock.monotonic()
        is_old = monotonic - self._past_at >= PAST_SECONDS or now.astimezone(UTC).date() != self._pasts.last_day
        if is_old or not shown <= self._past_of:
            self._pasts = await self._reader.pasts(sorted(shown), now)
            self._past_at, self._past_of = monotonic, frozenset(shown)
        await self._read_logos()

    async def _read_logos(self) -> None:
        """Those of pages that are new or were changed; of pages that are gone none is kept."""
        wanted = {page.pk: page.revision for page in self._published.pages if page.logo_type}
        self._logos = {pk: known for pk, known in self._logos.items() if pk in wanted}
        for pk, revision in wanted.items():
            if pk not in self._logos or self._logos[pk][0] != revision:
                found = await self._reader.logo(pk)
                if found is not None:
                    self._logos[pk] = revision, found

    async def _print(self) -> None:
        while True:
            await _pause(self._moved, FRESH_SECONDS / 4)
            try:
                await self._print_all()
            except Exception:
                log.exception("status pages cannot be rendered")
            await asyncio.sleep(SPACING_SECONDS)

    async def _print_all(self) -> None:
        """Render each page that differs from what is printed, or was printed too long ago."""
        async with self._printing:
            await self._print_those()

    async def _print_those(self) -> None:
        now, monotonic = self._clock.now(), self._clock.monotonic()
        pages = self._published.pages
        kept: dict[str, Kept] = {}
        broken: set[int] = set()
        for page in pages:
            before = self._kept.get(page.slug)
            before = before if before is not None and before.page == page else None
            try:
                made: Kept | None = self._made(page, before, now, monotonic)
            except Exception:
                # The others go on, above all those that were made private; what this one was before is not shown.
                if page.pk not in self._broken:
                    log.exception("a status page cannot be rendered", page=page.slug)
                broken.add(page.pk)
                made = before
            if made is not None:
                kept[page.slug] = made
            if made is not before:
                await asyncio.sleep(0)  # a few milliseconds each
        self._kept, self._broken = kept, broken
        self._hosts = {page.host_name: page.slug for page in pages if page.host_name is not None}

    def _made(self, page: StatusPage, before: Kept | None, now: datetime, monotonic: float) -> Kept:
        """The page as it is now; `before` itself while nothing differs."""
        public = self._public(page, now)
        if before is None or _differs(before.public, public):
            return self._printed(page, public, None)
        return self._printed(page, public, before) if monotonic - before.made_at >= FRESH_SECONDS else before

    def _printed(self, page: StatusPage, public: PublicPage, before: Kept | None) -> Kept:
        """`before` has feeds that still hold."""
        style = style_of(public.colour)
        home = public.address or f"{self._home}{public.base}"
        files = {"": _packed(render(public, style), "text/html; charset=utf-8")}
        files["summary.json"] = _packed(feeds.summary(public), "application/json")
        if before is not None:
            files = {**before.files, **files}
        else:
            files["feed.atom"] = _packed(feeds.atom(public, home), "application/atom+xml; charset=utf-8")
            files["feed.rss"] = _packed(feeds.rss(public, home), "application/rss+xml; charset=utf-8")
            files["feed.json"] = _packed(feeds.json_feed(public, home), "application/feed+json")
        self.renderings += 1
        services = {
            service.key: entry.service_pk for service, entry in zip(public.services, self._shown(page), strict=True)
        }
        return Kept(page, public, policy_of(style, has_form=public.can_leave), files, services, self._clock.monotonic())

    def _shown(self, page: StatusPage) -> list[Any]:
        """What is on the board: whose service was deleted is on no page."""
        return [entry for entry in page.entries if self._board.get(entry.service_pk) is not None]

    def _public(self, page: StatusPage, now: datetime) -> PublicPage:
        base = f"/status/{page.slug}"
        address = f"https://{page.host_name}/" if page.host_name else self._public_url and self._public_url + base
        trouble: Trouble | None = self._judge()
        of_page = [notice for notice in self._published.notices if page.pk in notice.page_pks]
        entries = self._shown(page)
        names = {entry.service_pk: entry.public_name for entry in entries}
        told = self._windows.told(self._published.windows, now)
        planned = (noticed_window(one, names, now) for one in told if not one.service_pks.isdisjoint(names))
        keys = keys_of(names.values())
        return PublicPage(
            slug=page.slug,
            title=page.title,
            description=page.description,
            colour=page.colour,
            address=address,
            base=base,
            logo=f"{base}/logo?{page.revision}" if page.logo_type else "",
            is_indexed=page.is_indexed,
            is_public=page.access == "public",
            as_of=now,
            last_day=self._pasts.last_day,
            services=tuple(self._service(key, entry, of_page, now) for key, entry in zip(keys, entries, strict=True)),
            notices=(*(noticed(notice, names, now) for notice in of_page), *planned),
            stale_since=None if trouble is None else datetime.fromtimestamp(trouble.since / 1000, UTC),
            key=page_key(page),
            can_leave=page.access == "password",
        )

    def _service(self, key: str, entry: Any, notices: Sequence[Notice], now: datetime) -> PublicService:
        row, past = self._board.get(entry.service_pk), self.past_of(entry.service_pk)
        assert row is not None  # `_shown` has looked
        announced = [
            notice
            for notice in notices
            if notice.kind == MAINTENANCE and entry.service_pk in notice.service_pks and notice.phase(now) == "current"
        ]
        level = level_of(row.status, in_maintenance=row.maintenance is not None)
        return PublicService(
            key=key,
            name=entry.public_name,
            description=entry.description,
            section=entry.section,
            level=shown_level(level, announced),
            uptime=past.uptime.get(DAYS),
            days=past.days,
        )


def _service_on(kept: Kept, key: str) -> tuple[Kept, PublicService] | None:
    if key not in kept.services:
        return None
    return next(((kept, service) for service in kept.public.services if service.key == key), None)


def _differs(before: PublicPage, after: PublicPage) -> bool:
    """In more than the time of day."""
    return replace(before, as_of=after.as_of) != after


def _packed(content: bytes, media_type: str) -> Printed:
    # Without a time in it: the same content is the same answer in every process.
    return Printed(content, gzip.compress(content, 6, mtime=0), tag_of_content(content), media_type)


async def _pause(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()
