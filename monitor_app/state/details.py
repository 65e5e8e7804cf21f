"""One service in full: its last results, the phases of the last check, its day, how it is checked."""

from datetime import UTC, datetime
from typing import Any

import reflex as rx

from monitor_app.engine.board import BoardRow
from monitor_app.errors import LightbulbError
from monitor_app.redact import MASK, is_secret_name
from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.fields import FieldRow, field_rows
from monitor_app.state.findings import milliseconds, phase_rows
from monitor_app.state.guard import caller, requires
from monitor_app.state.past import downtime_rows, event_rows, uptime_row
from monitor_app.state.rows.wire import wire_row, wire_time
from monitor_app.state.runtime import current
from monitor_app.state.services import row_of

RESULTS_SHOWN = 12
BAR_MINUTES = 30
SID_LIMIT = 63
SPANS = {1: "24 hours", 7: "7 days", 30: "30 days"}


class DetailsState(rx.State):
    """The service whose panel is open; 0 when none is. What is live in it comes from the browser's own rows."""

    open_id: int = 0
    label: str = ""
    target: str = ""
    row: dict[str, Any] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    phases: list[dict[str, str]] = []  # noqa: RUF012
    results: list[dict[str, Any]] = []  # noqa: RUF012
    bars: list[list[int]] = []  # noqa: RUF012
    bar_minutes: int = BAR_MINUTES
    config: list[dict[str, str]] = []  # noqa: RUF012
    enabled: bool = True
    has_breaker: bool = False  # open, or about to let a check through
    uptime: list[dict[str, str]] = []  # noqa: RUF012
    downtimes: list[dict[str, Any]] = []  # noqa: RUF012
    events: list[dict[str, Any]] = []  # noqa: RUF012

    @rx.event
    @requires(BOARD_READ)
    async def restore(self) -> None:
        """Open what the address says is open."""
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
        self.enabled = definition.enabled
        self.has_breaker = row.state is not None and row.state.breaker.phase != "closed"
        self.uptime = [uptime_row(SPANS[days], uptime) for days, uptime in past.uptime.items()]
        self.downtimes = downtime_rows(past.downtimes)
        self.events = event_rows(past.events)
        self.row = wire_row(row)
        self.config = _config(row)
        bars = current().board.day_bars(row.pk, BAR_MINUTES, datetime.now(UTC))
        self.bars = [[wire_time(bar.start) or 0, bar.ok, bar.degraded, bar.failed] for bar in bars]
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
    if definition.group:
        facts.append({"name": "Group", "text": definition.group})
    if definition.tags:
        facts.append({"name": "Tags", "text": ", ".join(definition.tags)})
    try:
        fields = field_rows(definition.kind, definition)
    except LightbulbError:
        return facts  # its kind is gone
    given = definition.status_config
    for field in fields:
        if not field["is_config"] or not (field["is_set"] or field["required"]):
            continue
        text = row.target if field["required"] else _shown(field, given.get(field["name"]))
        facts.append({"name": field["title"], "text": text})
    return facts


def _shown(field: FieldRow, value: Any) -> str:
    if field["secret"] or is_secret_name(field["name"]):
        return MASK
    if isinstance(value, dict):
        return ", ".join(f"{name}: {MASK if is_secret_name(name) else text}" for name, text in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{field['value']} {field['unit']}".strip()
