"""The audit log as one browser reads it: a page of lines, one of them in full, and whether the chain holds."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

import reflex as rx

from monitor_app.domain.audit import AuditFilter, AuditLine
from monitor_app.errors import LightbulbError, PermissionDenied
from monitor_app.security.permissions import AUDIT_READ
from monitor_app.state.differences import groups, summary
from monitor_app.state.guard import caller, requires
from monitor_app.state.rows.wire import wire_time
from monitor_app.state.runtime import current
from monitor_app.use_cases.audit_log import Verified

PAGE_SIZE: Final = 50
TEXT_LIMIT: Final = 200
OUTCOMES: Final = ("done", "denied", "failed")
_TEXTS: Final = ("who", "action", "target_type", "outcome", "search")
_TIMES: Final = ("since", "until")
_HIGHEST_ID: Final = 2**53


class AuditState(rx.State):
    """The lines that the address asks for, the newest first."""

    is_loaded: bool = False
    problem: str = ""
    lines: list[dict[str, Any]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    people: list[str] = []  # noqa: RUF012
    actions: list[str] = []  # noqa: RUF012
    # The filters as the export takes them.
    query: str = ""
    is_filtered: bool = False
    is_newest: bool = True
    # The address's `before` of the next page; 0 when there is none.
    older: int = 0
    open_id: int = 0
    detail: dict[str, Any] = {}  # noqa: RUF012
    is_verifying: bool = False
    verdict: dict[str, Any] = {}  # noqa: RUF012

    @rx.event
    @requires(AUDIT_READ)
    async def load(self) -> None:
        """Read the page of the log that the address asks for."""
        parameters = self.router.url.query_parameters
        wanted, before_id = filter_of(parameters), _before_of(parameters)
        log = current().audit_log
        try:
            found = await log.page(caller(), wanted, before_id=before_id, limit=PAGE_SIZE + 1)
            people, actions = await log.people(caller()), await log.actions(caller())
        except PermissionDenied:
            raise
        except LightbulbError as err:
            self.problem = str(err)
            return
        shown = found[:PAGE_SIZE]
        self.lines = [line_row(line) for line in shown]
        self.people, self.actions = people, actions
        self.older = shown[-1].id if len(found) > PAGE_SIZE else 0
        self.is_newest = before_id is None
        self.query = query_of(wanted)
        self.is_filtered = bool(self.query)
        self.open_id, self.detail = 0, {}
        self.problem, self.is_loaded = "", True

    @rx.event
    @requires(AUDIT_READ)
    async def open(self, line_id: Any) -> None:
        """Show one line in full, or close it again."""
        is_known = isinstance(line_id, int) and not isinstance(line_id, bool) and 0 < line_id < _HIGHEST_ID
        if not is_known or line_id == self.open_id:
            self.open_id, self.detail = 0, {}
            return
        found = await current().audit_log.page(caller(), AuditFilter(), before_id=line_id + 1, limit=1)
        if found and found[0].id == line_id:
            self.open_id, self.detail = line_id, line_detail(found[0])

    @rx.event(background=True)
    @requires(AUDIT_READ)
    async def verify(self) -> None:
        """Follow the chain of hashes from the first line to the last."""
        async with self:
            if self.is_verifying:
                return
            self.is_verifying, self.verdict = True, {}
        verdict: dict[str, Any] = {}
        try:
            verdict = verdict_of(await current().audit_log.verify(caller())) | {"at": wire_time(datetime.now(UTC))}
        finally:
            async with self:
                self.is_verifying, self.verdict = False, verdict


def filter_of(parameters: Mapping[str, str]) -> AuditFilter:
    """The filter that an address asks for; whatever it says wrong is left out, because people edit addresses."""
    texts = {name: parameters.get(name, "").strip()[:TEXT_LIMIT] for name in _TEXTS}
    if texts["outcome"] not in OUTCOMES:
        texts["outcome"] = ""
    times = {name: _time(parameters.get(name, "")) for name in _TIMES}
    return AuditFilter(**texts, **times)  # type: ignore[arg-type]


def query_of(wanted: AuditFilter) -> str:
    """A filter as part of an address."""
    values = {name: getattr(wanted, name) for name in _TEXTS if getattr(wanted, name)}
    values |= {name: getattr(wanted, name).isoformat() for name in _TIMES if getattr(wanted, name)}
    return urlencode(values)


def line_row(line: AuditLine) -> dict[str, Any]:
    """A line as the list shows it."""
    entry = line.entry
    return {
        "id": line.id,
        "at": wire_time(line.at),
        "who": entry.who,
        "action": entry.action,
        "target_type": entry.target_type,
        "target": entry.target,
        "outcome": entry.outcome,
        "times": entry.times,
        "address": entry.address,
        "says": summary(entry.before, entry.after),
    }


def line_detail(line: AuditLine) -> dict[str, Any]:
    """All that a line says."""
    entry = line.entry
    facts = {
        "Who": f"{entry.who} ({entry.role})",
        "Proved by": entry.via,
        "From": entry.address,
        "Action": entry.action,
        "On what": f"{entry.target_type} {entry.target}".strip(),
        "Times": str(entry.times) if entry.times > 1 else "",
        "Correlation id": entry.correlation_id,
        "Line": str(line.id),
        "Hash": line.hash,
    }
    return {
        "facts": [{"name": name, "text": text} for name, text in facts.items() if text],
        "groups": groups(entry.before, entry.after),
        "has_before": entry.before is not None,
        "has_after": entry.after is not None,
    }


def verdict_of(verified: Verified) -> dict[str, Any]:
    """What following the chain has shown, for a person."""
    count = f"{verified.lines:,} {'line' if verified.lines == 1 else 'lines'}"
    if verified.broken is None:
        return {"is_good": True, "text": f"The chain holds: {count} follow from one another.", "more": ""}
    return {
        "is_good": False,
        "text": f"The chain is broken: line {verified.broken.id} {verified.broken.reason}.",
        "more": f"The {count} before it hold. Compare the line with a backup or an earlier export: somebody who can "
        "write to the database has changed it, or the file is damaged.",
    }


def _time(text: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo is not None and 1971 < time.year < 9000 else None


def _before_of(parameters: Mapping[str, str]) -> int | None:
    text = parameters.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
