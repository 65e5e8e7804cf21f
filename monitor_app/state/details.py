"""One service in full: its last results, the phases of the last check, its day, how it is checked."""

from datetime import UTC, datetime
from typing import Any

import reflex as rx

from monitor_app.domain import thresholds
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.engine.board import BoardRow
from monitor_app.errors import LightbulbError
from monitor_app.redact import MASK, is_secret_name, redact
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.board import is_own_only, row_of
from monitor_app.state.fields import FieldRow, field_rows, kinds
from monitor_app.state.findings import milliseconds, phase_rows
from monitor_app.state.guard import caller, requires
from monitor_app.state.managed import drift_words, source_words
from monitor_app.state.past import downtime_rows, event_rows, uptime_row
from monitor_app.state.push import PushDialog
from monitor_app.state.rows.wire import wire_row, wire_time
from monitor_app.state.runtime import current
from monitor_app.state.service_relations import related_rows

RESULTS_SHOWN = 12
SID_LIMIT = 63
SHOWN_LIMIT = 300
SPANS = {1: "24 hours", 7: "7 days", 30: "30 days"}


class DetailsState(rx.State):
    """The service whose panel is open; 0 when none is. What is live in it comes from the browser's own rows."""

    open_id: int = 0
    label: str = ""
    target: str = ""
    row: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    phases: list[dict[str, str]] = []  # noqa: RUF012
    results: list[dict[str, Any]] = []  # noqa: RUF012
    config: list[dict[str, str]] = []  # noqa: RUF012
    thresholds: list[str] = []  # noqa: RUF012
    members: list[dict[str, Any]] = []  # noqa: RUF012
    related: dict[str, dict[str, Any]] = {"needs": {"rows": [], "more": 0}, "neededBy": {"rows": [], "more": 0}}  # noqa: RUF012
    is_told: bool = False  # it reports of itself, at an address
    enabled: bool = True
    in_maintenance: bool = False
    managed_by: str = ""  # the configuration file that made it
    source: str = ""  # which source tells of it, and what that means
    drift: str = ""  # what is not as that says
    is_own: bool = False  # may be deleted because who looks made it
    has_breaker: bool = False  # open, or about to let a check through
    uptime: list[dict[str, str]] = []  # noqa: RUF012
    downtimes: list[dict[str, Any]] = []  # noqa: RUF012
    events: list[dict[str, Any]] = []  # noqa: RUF012

    @rx.event
    @requires(BOARD_READ)
    async def restore(self) -> None:
        """Open what the address says is open. A page that comes up shows no secret that an earlier one asked for."""
        (await self.get_state(PushDialog))._hide()
        service_id = self.router.url.query_parameters.get("open", "")[:SID_LIMIT]
        row = current().board.find(service_id) if service_id else None
        if row is None:
            self.open_id = 0
        elif row.pk != self.open_id:
            await self._show(row)

    @rx.event
    @requires(BOARD_READ)
    async def open(self, pk: Any) -> None:
        """Open a service."""
        if (row := row_of(pk)) is not None:
            await self._show(row)

    @rx.event
    @requires(BOARD_READ)
    async def refresh(self) -> None:
        """A new result came for the service that is open."""
        if (row := row_of(self.open_id)) is not None:
            await self._show(row)

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Close the panel."""
        self.open_id = 0

    async def _show(self, row: BoardRow) -> None:
        # First what can fail: the panel shows one service or the other, never half of each.
        results = await current().results.latest(caller(), row.pk, RESULTS_SHOWN)
        past = await current().results.past(caller(), row.pk, datetime.now(UTC))
        definition = row.definition
        self.open_id, self.label, self.target = row.pk, definition.label, row.target
        self.in_maintenance = row.maintenance is not None
        self.enabled, self.is_own = definition.enabled, is_own_only(row.pk)
        self.managed_by, self.drift = definition.managed_by, drift_words(definition)
        self.source = source_words(definition)
        self.has_breaker = row.state is not None and row.state.breaker.phase != "closed"
        self.uptime = [uptime_row(SPANS[days], uptime) for days, uptime in past.uptime.items()]
        self.downtimes = downtime_rows(past.downtimes)
        self.events = event_rows(past.events)
        self.row = wire_row(row)
        self.config, self.members = _config(row), _members(definition)
        self.thresholds = thresholds.as_text(thresholds.parse(definition.metric_config)).splitlines()
        self.related = related_rows(current().board, row)
        self.is_told = _is_told(definition)
        self.phases = phase_rows(results[0].phases) if results else []
        self.results = [
            {
                "at": wire_time(result.checked_at),
                "status": int(result.status),
                "time": milliseconds(result.response_ms),
                "says": result.message,
            }
            for result in results
        ]


def _config(row: BoardRow) -> list[dict[str, str]]:
    """How it is checked, as far as it differs from the default, and where it belongs; secrets are masked."""
    definition = row.definition
    facts = [{"name": "Id", "text": definition.service_id}]
    try:
        kind = kinds()[definition.kind]
        fields = field_rows(definition.kind, definition)
    except LightbulbError:
        return [*facts, {"name": "Kind", "text": f"{definition.kind}, which is not here any more"}]
    facts.append({"name": "Kind", "text": kind.title})
    if definition.group:
        facts.append({"name": "Group", "text": definition.group})
    if definition.environment:
        facts.append({"name": "Environment", "text": definition.environment})
    if definition.tags:
        facts.append({"name": "Tags", "text": ", ".join(definition.tags)})
    given = definition.status_config
    shown = [field for field in fields if field["is_config"] and (field["is_set"] or field["required"])]
    return facts + [{"name": field["title"], "text": _shown(field, given.get(field["name"]))} for field in shown]


def _members(definition: ServiceDefinition) -> list[dict[str, Any]]:
    """What a service is made of, each with its present status; one that is missing has no number."""
    try:
        ids = kinds()[definition.kind].parse(definition.status_config).member_ids
    except LightbulbError:
        return []
    rows = [(name, current().board.find(name)) for name in ids]
    return [
        {
            "sid": name,
            "pk": row.pk if row else 0,
            "label": row.definition.label if row else f"{name} does not exist",
            "status": int(row.status if row else Status.UNKNOWN),
            "says": row.message if row and row.status in (Status.DEGRADED, Status.FAILED) else "",
        }
        for name, row in rows
    ]


def _is_told(definition: ServiceDefinition) -> bool:
    try:
        return kinds()[definition.kind].is_told
    except LightbulbError:
        return False


def _shown(field: FieldRow, value: Any) -> str:
    if field["secret"] or is_secret_name(field["name"]):
        return MASK
    if isinstance(value, dict):
        return ", ".join(f"{name}: {MASK if is_secret_name(name) else text}" for name, text in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = redact(f"{field['value']} {field['unit']}".strip())
    if "://" in text:
        text = text.partition("?")[0]  # a query may hold anything
    return text if len(text) <= SHOWN_LIMIT else f"{text[: SHOWN_LIMIT - 1]}…"
