"""The page of one service: which one the address names, and what is told of it at its head."""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import reflex as rx

from monitor_app.domain.days import days_words
from monitor_app.domain.measure import STATUS_CODE
from monitor_app.domain.measured import NAMES_LIMIT
from monitor_app.engine.board import BoardQuery, BoardRow, Sort
from monitor_app.engine.facets import Facets
from monitor_app.errors import LightbulbError
from monitor_app.security.permissions import BOARD_READ, SERVICE_DELETE
from monitor_app.state.board import is_own_only, show_own_change
from monitor_app.state.colours import ColourState
from monitor_app.state.deleted import bring_back, wire_deleted
from monitor_app.state.findings import milliseconds
from monitor_app.state.guard import caller, requires
from monitor_app.state.live import open_view
from monitor_app.state.past import uptime_row
from monitor_app.state.rows.wire import wire_row
from monitor_app.state.runtime import current

SERVICES_PATH: Final = "/services/"
SID_LIMIT: Final = 63
SPANS: Final = {1: "24 hours", 7: "7 days", 30: "30 days", 90: "90 days", 365: "1 year"}
PERCENTILES: Final = ("p50", "p95", "p99")
# A metric of this ending counts the days until something runs out.
DAYS_SUFFIX: Final = "_days"
FEW_DAYS, LAST_DAYS = 30, 7
PAST_SECONDS: Final = 30.0


def service_of(state: rx.State) -> BoardRow | None:
    """The service whose page the browser of `state` shows; None on other pages, and when there is no such service."""
    name = _name_in(state.router.url.path)
    return current().board.find(name) if name else None


def _name_in(path: str) -> str:
    """The service_id in the address of a service's page; "" in others."""
    if not path.startswith(SERVICES_PATH):
        return ""
    return path.removeprefix(SERVICES_PATH).strip("/")[:SID_LIMIT]


class ServicePage(rx.State):
    """The service that the address names. What is live of it are the browser's own rows."""

    sid: str = ""
    pk: int = 0
    is_loaded: bool = False
    is_known: bool = False
    label: str = ""
    target: str = ""
    kind: str = ""
    row: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    feed: dict[str, Any] = {}  # noqa: RUF012
    # The last one that had this address, where it can come back and who looks may bring it back.
    deleted: dict[str, Any] = {}  # noqa: RUF012
    lives_since: int = 0  # ms since 1970: when it was added, or earlier results that it came with
    enabled: bool = True
    in_maintenance: bool = False
    has_breaker: bool = False  # open, or about to let a check through
    is_own: bool = False  # may be deleted because who looks made it
    uptime: list[dict[str, str]] = []  # noqa: RUF012
    percentiles: list[dict[str, str]] = []  # noqa: RUF012
    days_left: list[dict[str, str]] = []  # noqa: RUF012
    # The titles of charts of what its results measure, as far as the last one tells.
    measures: list[str] = []  # noqa: RUF012
    problem: str = ""
    _past_at: float = 0.0
    _past_status: int = -1

    @rx.event
    @requires(BOARD_READ)
    async def load(self) -> Any:
        """Show what the address asks for, live; then how it was, which takes longer."""
        sid = _name_in(self.router.url.path)
        if sid != self.sid:
            self.sid, self.uptime, self.percentiles, self.problem = sid, _unknown_uptime(), _percentiles(None), ""
        (await self.get_state(ColourState))._take()
        snapshot = await open_view(self, _view_of(self.sid))
        self._show()
        self.deleted = {} if self.is_known else await _deleted(sid)
        self.is_loaded = True
        self.feed = snapshot
        return ServicePage.load_past

    @rx.event
    @requires(SERVICE_DELETE)
    async def restore(self) -> Any:
        """Bring back the deleted service of this address."""
        if not self.deleted:
            return None
        await bring_back(self, self.deleted["pk"], self.deleted["sid"])
        return await show_own_change()

    @rx.event
    @requires(BOARD_READ)
    async def load_past(self) -> None:
        """Read uptime and percentiles."""
        row = current().board.find(self.sid)
        if row is None:
            return
        self._past_at, self._past_status = time.monotonic(), int(row.status)
        try:
            head = await current().series.head(caller(), row.pk, datetime.now(UTC))
        except LightbulbError as err:
            self.problem = str(err)
            return
        self.problem = ""
        self.uptime = [uptime_row(SPANS[days], uptime) for days, uptime in head.uptime.items()]
        self.percentiles = _percentiles(head.percentiles)

    @rx.event
    @requires(BOARD_READ)
    def refresh(self) -> Any:
        """A new result came, or the breaker moved. Uptime and percentiles are not worth a look at each result."""
        self._show()
        is_old = time.monotonic() - self._past_at >= PAST_SECONDS
        return ServicePage.load_past if is_old or self.row.get("status") != self._past_status else None

    def _show(self) -> None:
        row = current().board.find(self.sid)
        self.is_known = row is not None
        if row is None:
            self.pk, self.label, self.row = 0, "", {}
            return
        definition = row.definition
        self.pk, self.label, self.target, self.kind = row.pk, definition.label, row.target, definition.kind
        self.enabled, self.in_maintenance = definition.enabled, row.maintenance is not None
        self.has_breaker = row.breaker.phase != "closed"
        self.is_own = is_own_only(row.pk)
        self.row = wire_row(row)
        self.lives_since = round(min([definition.created_at.timestamp() * 1000, *self.row["ht"][:1]]))
        self.days_left = days_left(row.metrics)
        self.measures = measures_of(row)


async def _deleted(service_id: str) -> dict[str, Any]:
    if not caller().may(SERVICE_DELETE):
        return {}
    found = await current().deleted_services.list_deleted(caller())
    return next((wire_deleted(one) for one in found if one.row.service_id == service_id), {})


def _unknown_uptime() -> list[dict[str, str]]:
    """Until it is read: as many places, so that nothing moves."""
    return [{"title": title, "uptime": "–", "note": ""} for title in SPANS.values()]


def _percentiles(times: Sequence[float] | None) -> list[dict[str, str]]:
    known = times or (None,) * len(PERCENTILES)
    return [{"title": title, "time": milliseconds(ms)} for title, ms in zip(PERCENTILES, known, strict=True)]


def measures_of(row: BoardRow) -> list[str]:
    """The titles of the charts of what the last result measured; the browser finds out what there really is."""
    titles = ["Phases of the response"] if row.response_ms is not None else []
    titles += ["Answers by status code"] if STATUS_CODE in row.metrics else []
    return titles + sorted(row.metrics.keys() - {STATUS_CODE})[:NAMES_LIMIT]


def days_left(metrics: Mapping[str, float]) -> list[dict[str, str]]:
    """What runs out of what the last check measured: its name, the days, how urgent that is."""
    found = []
    for name, days in metrics.items():
        if name.endswith(DAYS_SUFFIX) and name != DAYS_SUFFIX:
            title = name.removesuffix(DAYS_SUFFIX).replace("_", " ").capitalize()
            tone = "failed" if days < LAST_DAYS else "degraded" if days < FEW_DAYS else ""
            found.append({"title": title, "text": "expired" if days < 0 else days_words(days), "tone": tone})
    return found


def _view_of(service_id: str) -> BoardQuery:
    """The list with this one service; for none at all, one that tells whether the connection stands."""
    names = frozenset((service_id,)) if service_id else frozenset[str]()
    return BoardQuery(sort=Sort.LABEL, facets=Facets(service_ids=names), page_size=1)
