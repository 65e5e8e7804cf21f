"""What people do with alerts: look, acknowledge, take one on, be silent about it for a while."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.incident import Entry
from monitor_app.domain.alerting.severity import SEVERITIES
from monitor_app.domain.given import given_number, given_pk, given_text, shown
from monitor_app.errors import Conflict, InvalidInput, NotFound
from monitor_app.security.permissions import ALERT_ACKNOWLEDGE, MONITOR_READ, Identity
from monitor_app.storage import alert_log as table
from monitor_app.storage.accounts import find_account
from monitor_app.storage.alert_log import AlertFilter, Counted, ShownAlert
from monitor_app.storage.database import Database
from monitor_app.storage.documents import storable_text
from monitor_app.storage.incidents import insert_entries
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.services import Clock

# One more than a page may have: it tells that there is another page.
PAGE_LIMIT: Final = 201
MANY_LIMIT: Final = 500
REASON_LIMIT: Final = 200
NAME_LIMIT: Final = 64
# After an acknowledgement of so many minutes at most, somebody is told again; 0: until it is resolved.
ACKNOWLEDGE_MINUTES_MAX: Final = 7 * 24 * 60
HELD: Final = ("none", "dependency", "maintenance", "silence", "flapping", "offline")


@dataclass(frozen=True, slots=True)
class WantedAlerts:
    """Which alerts, by the names that people use; what is empty does not count."""

    state: str = "open"
    severity: str = ""
    held: str = ""
    acknowledged: bool | None = None
    assignee: str = ""
    rule_pk: int | None = None
    incident_pk: int | None = None
    service_id: str = ""
    group: str = ""
    tag: str = ""
    search: str = ""
    since: datetime | None = None


class AlertUseCases:
    """Everybody with an account reads, those with alert:acknowledge act."""

    def __init__(
        self, database: Database, clock: Clock, present: Present, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self._database = database
        self._clock = clock
        self._present = present
        # After each commit: those who look are told at once.
        self._on_change = on_change

    async def page(
        self,
        identity: Identity,
        wanted: WantedAlerts,
        limit: int = 50,
        before: tuple[datetime, int] | None = None,
    ) -> list[ShownAlert]:
        """Those that began last first; `before` is the last one of the page before. Raises InvalidInput, NotFound."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            return await table.page_of_alerts(conn, await self._filter(conn, wanted), min(limit, PAGE_LIMIT), before)

    async def get(self, identity: Identity, pk: Any) -> ShownAlert:
        """Raises NotFound."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            return (await found_alerts(conn, [pk]))[0]

    async def counts(self, identity: Identity) -> Counted:
        """How many are open."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            return await table.count_alerts(conn)

    async def acknowledge(
        self, identity: Identity, pks: Collection[Any], minutes: Any = 0, note: Any = ""
    ) -> list[ShownAlert]:
        """Somebody is on it: who is told next is not told. After so many minutes it counts no more; 0: until the end.

        What was acknowledged before is so by who does it last. An incident whose alerts all are is so itself. What is
        resolved meanwhile is left as it is. Raises NotFound, InvalidInput, Conflict when all of it is.
        """
        identity.require(ALERT_ACKNOWLEDGE)
        for_minutes = given_number("minutes", minutes, 0, ACKNOWLEDGE_MINUTES_MAX)
        text = given_text("note", note, REASON_LIMIT, is_required=False)
        now = self._clock.now()
        until = now + timedelta(minutes=for_minutes) if for_minutes else None
        values = {"acknowledged_at": now, "acknowledged_by": identity.name, "acknowledged_until": until}
        return await self._change(identity, pks, "alert.acknowledge", "acknowledged", text, values)

    async def take_back(self, identity: Identity, pks: Collection[Any]) -> list[ShownAlert]:
        """Nobody is on it after all. Raises NotFound, Conflict."""
        identity.require(ALERT_ACKNOWLEDGE)
        values = {"acknowledged_at": None, "acknowledged_by": "", "acknowledged_until": None}
        return await self._change(identity, pks, "alert.unacknowledge", "unacknowledged", "", values)

    async def assign(self, identity: Identity, pks: Collection[Any], username: Any) -> list[ShownAlert]:
        """Somebody takes them on; None: nobody. Raises NotFound, InvalidInput, Conflict."""
        identity.require(ALERT_ACKNOWLEDGE)
        name = "" if username is None else given_text("username", username, NAME_LIMIT)
        return await self._change(identity, pks, "alert.assign", "assigned", name or "nobody", {}, assignee=name)

    async def _change(
        self,
        identity: Identity,
        pks: Collection[Any],
        action: str,
        kind: str,
        text: str,
        values: dict[str, Any],
        assignee: str | None = None,
    ) -> list[ShownAlert]:
        now = self._clock.now()
        async with self._database.write() as conn:
            revision = await table.order(conn)
            asked = await found_alerts(conn, pks)
            before = [each for each in asked if each.alert.resolved_at is None]
            if not before:
                raise Conflict({"alerts": f"{_name(asked[0])} is resolved already: there is nothing to do about it"})
            if assignee is not None:
                values = {"assignee_pk": await account_pk(conn, assignee)}
            await table.set_on_alerts(conn, [each.alert.pk for each in before], revision, **values)
            concerned = {each.alert.incident_pk for each in before if each.alert.incident_pk is not None}
            if kind == "acknowledged":
                await table.acknowledge_whole_incidents(conn, concerned, revision)
            elif kind == "unacknowledged":
                await table.set_on_incidents(conn, concerned, revision, **values)
            await insert_entries(conn, _entries(before, now, kind, text, identity.name))
            after = await found_alerts(conn, pks)
            await record(
                conn,
                identity,
                action,
                at=now,
                target_type="alert",
                target=_name(before[0]) if len(before) == 1 else f"{len(before)} alerts",
                before=[_document(each) for each in before],
                after=[_document(each) for each in after if each.alert.resolved_at is None],
                times=len(before),
            )
        self._on_change()
        return after

    async def _filter(self, conn: AsyncConnection, wanted: WantedAlerts) -> AlertFilter:
        for name, allowed in (("state", table.STATES), ("severity", ("", *SEVERITIES)), ("held", ("", *HELD))):
            if getattr(wanted, name) not in allowed:
                choice = ", ".join(each for each in allowed if each)
                raise InvalidInput({name: f"must be one of {choice}, got {shown(getattr(wanted, name))}"})
        assignee = await account_pk(conn, wanted.assignee) if wanted.assignee else None
        return AlertFilter(
            wanted.state,
            wanted.severity,
            wanted.held,
            wanted.acknowledged,
            assignee,
            wanted.rule_pk,
            wanted.incident_pk,
            self._service_pks(wanted),
            wanted.search,
            wanted.since,
        )

    def _service_pks(self, wanted: WantedAlerts) -> list[int] | None:
        if not (wanted.service_id or wanted.group or wanted.tag):
            return None
        groups = self._present.tree().below(wanted.group) if wanted.group else frozenset()
        found = [
            service
            for service in self._present.definitions()
            if (not wanted.service_id or service.service_id == wanted.service_id)
            and (not groups or service.group in groups)
            and (not wanted.tag or wanted.tag in service.tags)
        ]
        if wanted.service_id and not found:
            raise NotFound(f"there is no service {wanted.service_id}")
        return [service.pk for service in found]


async def account_pk(conn: AsyncConnection, username: str) -> int | None:
    """Of somebody who can log in; None for "". Raises InvalidInput."""
    if not username:
        return None
    account = await find_account(conn, storable_text(username, NAME_LIMIT))
    if account is None or account.is_disabled:
        raise InvalidInput({"username": f"must be somebody who can log in: there is no {shown(username)}"})
    return account.pk


async def found_alerts(conn: AsyncConnection, pks: Collection[Any]) -> list[ShownAlert]:
    """These, by their numbers. Raises InvalidInput, NotFound."""
    if not isinstance(pks, list | tuple | set | frozenset) or not pks:
        raise InvalidInput({"alerts": f"must be a list of numbers of alerts, got {shown(pks)}"})
    if len(pks) > MANY_LIMIT:
        raise InvalidInput({"alerts": f"must be at most {MANY_LIMIT} at once, got {len(pks)}"})
    wanted = {given_pk("alerts", pk) for pk in pks}
    found = await table.find_alerts(conn, wanted)
    if missing := wanted - {each.alert.pk for each in found}:
        raise NotFound(f"there is no alert {min(missing)}")
    return found


def _entries(changed: Sequence[ShownAlert], at: datetime, kind: str, text: str, who: str) -> list[Entry]:
    """A line for each incident, however many of its alerts it is about."""
    members: dict[int, list[ShownAlert]] = {}
    for each in changed:
        if each.alert.incident_pk is not None:
            members.setdefault(each.alert.incident_pk, []).append(each)
    lines = []
    for pk, those in members.items():
        words = text if len(those) == 1 else f"{text} ({len(those)} alerts)".strip()
        lines.append(Entry(pk, at, kind, words, those[0].alert.service_pk if len(those) == 1 else None, who))
    return lines


def _name(each: ShownAlert) -> str:
    return f"{each.alert.rule_name}: {each.label}" if each.label else each.alert.rule_name


def _document(each: ShownAlert) -> dict[str, Any]:
    return {
        "alert_id": each.alert.pk,
        "alert": _name(each),
        "acknowledged_by": each.alert.acknowledged_by,
        "assignee": each.assignee,
    }


def by_rule(found: Sequence[ShownAlert]) -> dict[int | None, list[ShownAlert]]:
    """The alerts of each rule: a silence is about one rule, or about all."""
    grouped: dict[int | None, list[ShownAlert]] = {}
    for each in found:
        grouped.setdefault(each.alert.rule_pk, []).append(each)
    return grouped
