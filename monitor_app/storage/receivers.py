"""Who can be told at a moment: channels that are switched on, people, schedules, policies, quiet hours. Read only."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.escalation import Receivers
from monitor_app.models import AccountRow, ChannelRow
from monitor_app.storage.on_call import OnCallBook, load_on_call

accounts = AccountRow.__table__  # type: ignore[attr-defined]
channels = ChannelRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class ReceivingChannel:
    """What must be known of a channel to decide what goes there."""

    pk: int
    name: str
    kind: str
    enabled: bool
    is_default: bool
    account_pk: int | None


@dataclass(frozen=True, slots=True)
class Directory:
    """All channels by their pks, and the books; `receivers` holds what can be told now."""

    channels: Mapping[int, ReceivingChannel]
    book: OnCallBook
    receivers: Receivers

    def story_name(self, channel: ReceivingChannel) -> str:
        """As stories of incidents call it: everybody reads them, and what people call their own is their business."""
        if channel.account_pk is None:
            return channel.name
        return f"a channel of {self.receivers.people.get(channel.account_pk, 'somebody')}"


async def load_directory(conn: AsyncConnection) -> Directory:
    """As it is now; no channel is deleted before the end of the transaction."""
    statement = select(accounts.c.pk, accounts.c.username).where(accounts.c.is_disabled.is_(False))
    people = {row[0]: row[1] for row in await conn.execute(statement)}
    found = await _channels(conn)
    usable = [one for one in found.values() if one.enabled and (one.account_pk is None or one.account_pk in people)]
    of_people: dict[int, tuple[int, ...]] = {}
    for one in usable:
        if one.account_pk is not None:
            of_people[one.account_pk] = (*of_people.get(one.account_pk, ()), one.pk)
    book = await load_on_call(conn)
    receivers = Receivers(
        channel_names={one.pk: one.name for one in usable},
        channels_of=of_people,
        people=people,
        schedules=book.schedules,
        default_pks=tuple(one.pk for one in usable if one.is_default and one.account_pk is None),
    )
    return Directory(found, book, receivers)


async def _channels(conn: AsyncConnection) -> dict[int, ReceivingChannel]:
    columns = (channels.c[name] for name in ReceivingChannel.__dataclass_fields__)
    rows = await conn.execute(select(*columns).order_by(channels.c.pk).with_for_update(read=True, key_share=True))
    return {row["pk"]: ReceivingChannel(**row) for row in rows.mappings()}
