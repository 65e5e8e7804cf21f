"""What people do with incidents: acknowledge, take on, tell what happens, merge, split, and write down what it was."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.incident import TITLE_LIMIT, Entry
from monitor_app.domain.given import given_lines, given_number, given_pk, given_text
from monitor_app.errors import Conflict, InvalidInput, NotFound, Stale
from monitor_app.security.permissions import ALERT_ACKNOWLEDGE, MONITOR_READ, NOTE_WRITE, Identity
from monitor_app.storage import alert_log as table
from monitor_app.storage.alert_log import AlertFilter, ShownAlert, ShownEntry, ShownIncident
from monitor_app.storage.database import Database
from monitor_app.storage.incidents import insert_entries, order_split
from monitor_app.storage.notification_log import LogFilter, Logged
from monitor_app.storage.notification_log import page as page_of_notifications
from monitor_app.use_cases.alerts import ACKNOWLEDGE_MINUTES_MAX, PAGE_LIMIT, REASON_LIMIT, account_pk
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.notifications import as_seen_by
from monitor_app.use_cases.services import Clock

NOTE_LIMIT: Final = 1000
# Longer texts of an export have a block of their own.
_IN_LINE: Final = 300
POST_MORTEM_LIMIT: Final = 50_000
ALERTS_LIMIT: Final = 500
TOLD_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class WholeIncident:
    """An incident with all that belongs to it. `merged` are the numbers of those that are one with it."""

    shown: ShownIncident
    alerts: Sequence[ShownAlert]
    timeline: Sequence[ShownEntry]
    notifications: Sequence[Logged]
    post_mortem: str
    merged: Sequence[int]


class AlertIncidents:
    """Everybody with an account reads, those with alert:acknowledge act, those with note:write write."""

    def __init__(self, database: Database, clock: Clock, on_change: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._clock = clock
        # After each commit: those who look are told at once.
        self._on_change = on_change

    async def page(
        self,
        identity: Identity,
        *,
        is_open: bool | None = None,
        search: str = "",
        limit: int = 50,
        before: tuple[datetime, int] | None = None,
    ) -> list[ShownIncident]:
        """Those that began last first; `before` is the last one of the page before."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            return await table.page_of_incidents(
                conn, min(limit, PAGE_LIMIT), is_open=is_open, search=search, before=before
            )

    async def get(self, identity: Identity, pk: Any) -> WholeIncident:
        """Raises NotFound."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            return await _whole(conn, identity, await _found(conn, pk))

    async def acknowledge(self, identity: Identity, pk: Any, minutes: Any = 0, note: Any = "") -> WholeIncident:
        """Somebody is on it, and on all of its open alerts. Raises NotFound, InvalidInput, Conflict."""
        identity.require(ALERT_ACKNOWLEDGE)
        for_minutes = given_number("minutes", minutes, 0, ACKNOWLEDGE_MINUTES_MAX)
        text, now = given_text("note", note, REASON_LIMIT, is_required=False), self._clock.now()
        until = now + timedelta(minutes=for_minutes) if for_minutes else None
        values = {"acknowledged_at": now, "acknowledged_by": identity.name, "acknowledged_until": until}
        return await self._change(identity, pk, "acknowledge", "acknowledged", text, values)

    async def take_back(self, identity: Identity, pk: Any) -> WholeIncident:
        """Nobody is on it after all. Raises NotFound, Conflict."""
        identity.require(ALERT_ACKNOWLEDGE)
        values = {"acknowledged_at": None, "acknowledged_by": "", "acknowledged_until": None}
        return await self._change(identity, pk, "unacknowledge", "unacknowledged", "", values)

    async def assign(self, identity: Identity, pk: Any, username: Any) -> WholeIncident:
        """Somebody takes it on; None: nobody. Raises NotFound, InvalidInput, Conflict."""
        identity.require(ALERT_ACKNOWLEDGE)
        name = "" if username is None else given_text("username", username, 64)
        async with self._database.read() as conn:
            values = {"assignee_pk": await account_pk(conn, name)}
        return await self._change(identity, pk, "assign", "assigned", name or "nobody", values)

    async def note(self, identity: Identity, pk: Any, text: Any) -> WholeIncident:
        """Write a line into its timeline, also when it is over. Raises NotFound, InvalidInput."""
        identity.require(NOTE_WRITE)
        told = given_lines("text", text, NOTE_LIMIT)
        return await self._write(identity, pk, "note", Entry(0, self._clock.now(), "note", told, who=identity.name))

    async def retitle(self, identity: Identity, pk: Any, title: Any) -> WholeIncident:
        """Call it something else; the engine keeps the name. Raises NotFound, InvalidInput."""
        identity.require(NOTE_WRITE)
        name = given_text("title", title, TITLE_LIMIT)
        entry = Entry(0, self._clock.now(), "renamed", name, who=identity.name)
        return await self._write(identity, pk, "rename", entry, {"title": name})

    async def write_post_mortem(
        self, identity: Identity, pk: Any, text: Any, before: str | None = None
    ) -> WholeIncident:
        """What it was, why, what comes of it: Markdown, kept as the text that it is.

        `before` is what it said when somebody began to write; None: whatever it says is written over.
        Raises NotFound, InvalidInput, and Stale when it says something else now.
        """
        identity.require(NOTE_WRITE)
        told = given_lines("post_mortem", text, POST_MORTEM_LIMIT, is_required=False)
        entry = Entry(0, self._clock.now(), "post_mortem", who=identity.name)
        return await self._write(identity, pk, "post_mortem", entry, {"post_mortem": told}, post_mortem=before)

    async def merge(self, identity: Identity, pk: Any, into_pk: Any) -> WholeIncident:
        """They are one: its alerts become those of the other one, which is given back. The engine does it in a second.

        Raises NotFound, and Conflict for one that is over, merged already, or would be merged into itself.
        """
        identity.require(ALERT_ACKNOWLEDGE)
        now = self._clock.now()
        async with self._database.write() as conn:
            revision = await table.order(conn)
            one, other = await _found(conn, pk), await _found(conn, into_pk, "into")
            _must_be_open(one)
            _must_be_open(other)
            if one.incident.pk == other.incident.pk or one.incident.pk in await table.merged_into(
                conn, other.incident.pk
            ):
                raise Conflict({"into": "must be another incident"})
            await table.set_on_incident(conn, one.incident.pk, revision, merged_into_pk=other.incident.pk)
            words = [(one, f"merged into {other.incident.title}"), (other, f"{one.incident.title} was merged into it")]
            await insert_entries(
                conn, [Entry(each.incident.pk, now, "merged", text, who=identity.name) for each, text in words]
            )
            await _record(conn, identity, "merge", now, one, after={"into": other.incident.title})
            whole = await _whole(conn, identity, await _found(conn, other.incident.pk))
        self._on_change()
        return whole

    async def split(self, identity: Identity, pk: Any, alert_pks: Collection[Any]) -> WholeIncident:
        """These alerts are an incident of their own: the engine makes it within a second.

        Raises NotFound, InvalidInput, and Conflict unless some of its open alerts go and some stay.
        """
        identity.require(ALERT_ACKNOWLEDGE)
        if not isinstance(alert_pks, list | tuple | set | frozenset) or len(alert_pks) > ALERTS_LIMIT:
            raise InvalidInput({"alerts": f"must be a list of at most {ALERTS_LIMIT} numbers of alerts"})
        wanted, now = sorted({given_pk("alerts", each) for each in alert_pks}), self._clock.now()
        async with self._database.write() as conn:
            await table.order(conn)
            one = await _found(conn, pk)
            _must_be_open(one)
            open_ones = await table.page_of_alerts(conn, AlertFilter("all", incident_pk=one.incident.pk), ALERTS_LIMIT)
            known = {each.alert.pk for each in open_ones if each.alert.resolved_at is None}
            if not wanted or not known.issuperset(wanted) or len(wanted) == len(known):
                message = "must be some, and not all, of the alerts that are open in this incident"
                raise Conflict({"alerts": message})
            await order_split(conn, one.incident.pk, wanted, identity.name, now)
            await _record(conn, identity, "split", now, one, after={"alerts": wanted})
            whole = await _whole(conn, identity, one)
        self._on_change()
        return whole

    async def export(self, identity: Identity, pk: Any) -> str:
        """All of it as Markdown: the figures, the timeline, the post-mortem."""
        whole = await self.get(identity, pk)
        return markdown_of(whole)

    async def _change(
        self, identity: Identity, pk: Any, action: str, kind: str, text: str, values: Mapping[str, Any]
    ) -> WholeIncident:
        """Of an open incident, and all of its open alerts."""
        now = self._clock.now()
        async with self._database.write() as conn:
            revision = await table.order(conn)
            before = await _found(conn, pk)
            _must_be_open(before)
            await table.set_on_incident(conn, before.incident.pk, revision, **values)
            found = await table.page_of_alerts(conn, AlertFilter("all", incident_pk=before.incident.pk), ALERTS_LIMIT)
            open_pks = [each.alert.pk for each in found if each.alert.resolved_at is None]
            await table.set_on_alerts(conn, open_pks, revision, **values)
            await insert_entries(conn, [Entry(before.incident.pk, now, kind, text, who=identity.name)])
            after = await _found(conn, before.incident.pk)
            sides = {"before": _document(before), "after": _document(after)}
            await _record(conn, identity, action, now, before, **sides)
            whole = await _whole(conn, identity, after)
        self._on_change()
        return whole

    async def _write(
        self,
        identity: Identity,
        pk: Any,
        action: str,
        entry: Entry,
        values: Mapping[str, Any] | None = None,
        *,
        post_mortem: str | None = None,
    ) -> WholeIncident:
        async with self._database.write() as conn:
            revision = await table.order(conn)
            before = await _found(conn, pk)
            if post_mortem is not None and post_mortem != await table.read_post_mortem(conn, before.incident.pk):
                raise Stale({"post_mortem": "says something else by now: somebody else saved it meanwhile"})
            await table.set_on_incident(conn, before.incident.pk, revision, **(values or {}))
            line = Entry(before.incident.pk, entry.at, entry.kind, entry.text, who=entry.who)
            await insert_entries(conn, [line])
            told = values or {"text": entry.text}
            await _record(conn, identity, action, entry.at, before, after=dict(told))
            whole = await _whole(conn, identity, await _found(conn, before.incident.pk))
        self._on_change()
        return whole


def markdown_of(whole: WholeIncident) -> str:
    """As a document of its own. What monitored things said stands as code: it stays the text that it is."""
    incident = whole.shown.incident
    lines = [f"# {_line(incident.title)}", ""]
    facts = [
        ("Severity", incident.severity),
        ("Began", _moment(incident.started_at)),
        ("Over", "not yet" if incident.resolved_at is None else _moment(incident.resolved_at)),
        ("Began with", _line(whole.shown.label)),
        ("Alerts", str(whole.shown.alerts)),
    ]
    lines += [f"- {name}: {value}" for name, value in facts if value]
    if incident.cause:
        lines += ["", "## Probable cause", "", *_block(incident.cause)]
    if whole.alerts:
        lines += ["", "## Alerts", "", *(_alert_line(each) for each in whole.alerts)]
    lines += ["", "## Timeline", ""]
    for entry in whole.timeline:
        what = " · ".join(part for part in (entry.kind.replace("_", " "), _line(entry.label), _line(entry.who)) if part)
        text = _with_end(entry)
        is_short = 0 < len(text) <= _IN_LINE and len(text.splitlines()) == 1
        lines.append(f"- {_moment(entry.at)}: {what}{f': {_code(text)}' if is_short else ''}")
        if text and not is_short:
            lines += [f"  {line}" for line in _block(text)]
    if whole.post_mortem:
        lines += ["", "## Post-mortem", "", whole.post_mortem]
    return "\n".join(lines) + "\n"


def _alert_line(each: ShownAlert) -> str:
    one = each.alert
    over = "not over" if one.resolved_at is None else f"over {_moment(one.resolved_at)}"
    parts = [_line(each.label), _line(one.rule_name), one.severity, f"since {_moment(one.since)}", over]
    return f"- {' · '.join(part for part in parts if part)}"


def _with_end(entry: ShownEntry) -> str:
    """What is held says until when."""
    until = entry.facts.get("until")
    return f"{entry.text} until {_moment(datetime.fromisoformat(until))}" if until else entry.text


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _block(text: str) -> list[str]:
    """A code block whose fence is longer than any in it."""
    fence = "`" * max(3, 1 + _longest_run(text))
    return [fence, *text.splitlines(), fence]


def _code(text: str) -> str:
    """The same within a line."""
    fence = "`" * (1 + _longest_run(text))
    return f"{fence} {text} {fence}" if "`" in text else f"{fence}{text}{fence}"


def _line(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "\\`*_{}[]<>()#+-.!|~" else letter for letter in " ".join(text.split()))


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


async def _found(conn: AsyncConnection, pk: Any, field: str = "incident") -> ShownIncident:
    found = await table.find_incident(conn, given_pk(field, pk))
    if found is None:
        raise NotFound("there is no such incident")
    return found


async def _whole(conn: AsyncConnection, identity: Identity, one: ShownIncident) -> WholeIncident:
    pk = one.incident.pk
    merged = await table.merged_into(conn, pk)
    told = await page_of_notifications(conn, LogFilter(incident_pk=pk), limit=TOLD_LIMIT)
    return WholeIncident(
        one,
        await table.page_of_alerts(conn, AlertFilter("all", incident_pk=pk), ALERTS_LIMIT),
        await table.timeline_of(conn, merged),
        [as_seen_by(identity, each) for each in told],
        await table.read_post_mortem(conn, pk),
        [each for each in merged if each != pk],
    )


def _must_be_open(one: ShownIncident) -> None:
    """Raises Conflict."""
    if one.incident.merged_into_pk is not None:
        raise Conflict({"incident": f"{one.incident.title} was merged into another incident: go there"})
    if one.incident.resolved_at is not None:
        raise Conflict({"incident": f"{one.incident.title} is over: there is nothing to do about it"})


def _document(one: ShownIncident) -> dict[str, Any]:
    return {"acknowledged_by": one.incident.acknowledged_by, "assignee": one.assignee}


async def _record(
    conn: AsyncConnection, identity: Identity, action: str, at: datetime, one: ShownIncident, **sides: Any
) -> None:
    await record(
        conn, identity, f"incident.{action}", at=at, target_type="incident", target=one.incident.title, **sides
    )
