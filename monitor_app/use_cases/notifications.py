"""What was told to whom: the log of notifications, and sending again what could not be delivered."""

from dataclasses import replace
from typing import Any, Final

from monitor_app.domain.given import given_number, given_pk
from monitor_app.errors import Conflict, InvalidInput, NotFound
from monitor_app.models.counter import ALERTING_REVISION
from monitor_app.security.permissions import CHANNEL_WRITE, MONITOR_READ, Identity
from monitor_app.storage import notification_log as table
from monitor_app.storage.database import Database
from monitor_app.storage.notification_log import LogFilter, Logged
from monitor_app.storage.notifications import DEAD, STATES, load_channel
from monitor_app.storage.services import raise_counter
from monitor_app.storage.standings import load_facts
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.services import Clock

__all__ = ["PAGE_LIMIT", "STATES", "LogFilter", "Logged", "Notifications", "as_seen_by"]

PAGE_LIMIT: Final = 200
_TARGET_LIMIT: Final = 200


class Notifications:
    """Everybody with an account reads them; those with channel:write send dead ones again."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def page(
        self, identity: Identity, wanted: LogFilter, *, before_pk: Any = None, limit: Any = 50
    ) -> list[Logged]:
        """The newest first, from before one on. Raises InvalidInput."""
        identity.require(MONITOR_READ)
        if wanted.state and wanted.state not in STATES:
            raise InvalidInput({"state": f"must be one of {', '.join(STATES)}"})
        before = None if before_pk is None else given_pk("cursor", before_pk)
        async with self._database.read() as conn:
            found = await table.page(conn, wanted, before_pk=before, limit=given_number("limit", limit, 1, PAGE_LIMIT))
        return [as_seen_by(identity, one) for one in found]

    async def get(self, identity: Identity, pk: Any) -> Logged:
        """One of them. Raises NotFound."""
        identity.require(MONITOR_READ)
        number = given_pk("notification", pk)
        async with self._database.read() as conn:
            found = await table.find(conn, number)
        if found is None:
            raise NotFound("there is no such notification")
        return as_seen_by(identity, found)

    async def counts(self, identity: Identity) -> dict[str, int]:
        """How many there are of each state."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            found = await table.count_by_state(conn)
        return {state: found.get(state, 0) for state in STATES}

    async def retry(self, identity: Identity, pk: Any) -> Logged:
        """Send a dead one after all, with the same key; its day to be delivered begins anew.

        Raises NotFound; Conflict when it is not dead, its channel is gone or off, or what it tells of is over.
        """
        identity.require(CHANNEL_WRITE)
        before, now = await self.get(identity, pk), self._clock.now()
        if before.state != DEAD:
            raise Conflict({"state": f"must be dead to be sent again: it is {before.state}"})
        async with self._database.write() as conn:
            facts = await load_facts(conn, before.incident_pks)
            if facts and before.kind != "resolved" and all(one.resolved_at is not None for one in facts.values()):
                raise Conflict({"state": "cannot be sent again: what it tells of is over"})
            channel = None if before.channel_pk is None else await load_channel(conn, before.channel_pk)
            if channel is not None and not channel.enabled:
                raise Conflict({"state": "cannot be sent again: its channel is switched off; switch it on first"})
            if not await table.revive(conn, before.pk, now):
                raise Conflict({"state": "cannot be sent again: its channel is gone, or somebody was faster"})
            await raise_counter(conn, ALERTING_REVISION)
            after = await table.find(conn, before.pk)
            await record(
                conn,
                identity,
                "notification.retry",
                at=now,
                target_type="notification",
                target=f"{before.pk} {before.channel_name}: {before.title}"[:_TARGET_LIMIT],
                before={"state": before.state, "answer": before.answer},
                after={"state": "waiting"},
            )
        assert after is not None
        return after


def as_seen_by(identity: Identity, one: Logged) -> Logged:
    """What a provider said is for who may change the channel; what people call their own ones is, too."""
    is_own = one.account_pk is not None and one.account_pk == identity.account_pk
    if is_own or identity.may(CHANNEL_WRITE):
        return one
    return replace(one, answer="", channel_name=one.channel_name if one.account_pk is None else "")
