"""What happens when a channel does not take a notification: an alert, told on the others, until it works again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.message import Message
from monitor_app.domain.alerting.severity import Severity
from monitor_app.models import ChannelRow
from monitor_app.storage import delivery_alerts as table
from monitor_app.storage.delivery_alerts import DeliveryAlert, OtherChannel
from monitor_app.storage.notifications import Claimed, NewNotification, insert_notifications

KEY = "lightbulb-delivery-"
# What somebody would have been woken by.
PAGES: Final = ("fired", "escalated", "flapping", "monitor")
GONE = "the channel was deleted or switched off"


async def bury(
    conn: AsyncConnection,
    claimed: Claimed,
    channel: ChannelRow,
    answer: str,
    now: datetime,
    revision: int,
    pause: timedelta,
) -> None:
    """Somebody is not told of something: say so elsewhere.

    Until the channel works again it is said once more of pages alone, and not before a `pause` is over.
    """
    known = await table.load_open(conn)
    if channel.pk is None:
        return
    failing = {each.channel_pk for each in known} | {channel.pk}
    what = str(claimed.message.get("title", ""))
    note = f"Not delivered: {what}" if what else ""
    if (open_one := next((each for each in known if each.channel_pk == channel.pk), None)) is not None:
        last = await table.last_told_at(conn, f"{KEY}{open_one.pk}-")
        if claimed.kind in PAGES and (last is None or now - last >= pause):
            message = _message(open_one, now, note=note)
            await _tell(conn, open_one, await table.others(conn, failing), message, now, f"again{claimed.pk}")
        return
    severity = cast("Severity", claimed.message.get("severity", "critical"))
    # Everybody reads alerts: what providers say, and what people call their own channels, is not for everybody.
    name = channel.name if channel.account_pk is None else await table.whose(conn, channel.account_pk)
    facts = {"channel_pk": channel.pk, "channel": name, "notification_pk": claimed.pk}
    cause = f"{name} did not take a notification: the log of what was sent has the answer"
    pk = await table.open_alert(conn, severity, cause, facts, now, revision)
    told = "" if channel.account_pk is not None else answer
    alert = DeliveryAlert(pk, severity, now, told, channel.pk, name)
    await _tell(conn, alert, await table.others(conn, failing), _message(alert, now, note=note), now, "1")


async def revive(conn: AsyncConnection, channel: ChannelRow, now: datetime, revision: int) -> None:
    """Something was delivered: whoever was told that the channel takes nothing is told that it does again."""
    for alert in await table.load_open(conn):
        if alert.channel_pk == channel.pk:
            await table.end_alert(conn, alert.pk, "a notification was delivered", now, revision)
            await _tell_end(conn, alert, now)


async def forget(conn: AsyncConnection, alerts: Sequence[DeliveryAlert], now: datetime, revision: int) -> None:
    """Nothing is to be delivered there any more: whoever was told that nothing was hears that this is over."""
    for alert in alerts:
        await table.end_alert(conn, alert.pk, GONE, now, revision)
        await _tell_end(conn, alert, now, note=GONE)


async def _tell_end(conn: AsyncConnection, alert: DeliveryAlert, now: datetime, *, note: str = "") -> None:
    told = await table.told_of(conn, f"{KEY}{alert.pk}-")
    await _tell(conn, alert, told, _message(alert, now, note=note, is_over=True), now, "2")


def _message(alert: DeliveryAlert, now: datetime, *, note: str = "", is_over: bool = False) -> Message:
    return Message(
        kind="resolved" if is_over else "delivery",
        title=f"Notifications to {alert.channel_name} are not delivered",
        severity=cast("Severity", alert.severity),
        at=now,
        since=alert.since,
        cause="" if is_over else alert.cause,
        firing=0 if is_over else 1,
        resolved=1 if is_over else 0,
        resolved_at=now if is_over else None,
        note=note,
        path="/alerts",
    )


async def _tell(
    conn: AsyncConnection, alert: DeliveryAlert, whom: list[OtherChannel], message: Message, now: datetime, number: str
) -> None:
    document: dict[str, Any] = message.document()
    new = [
        NewNotification(
            dedupe_key=f"{KEY}{alert.pk}-{one.pk}-{number}",
            kind="delivery",
            channel_pk=one.pk,
            channel_name=one.name,
            account_pk=None,
            message=document,
            created_at=now,
            due_at=now,
        )
        for one in whom
    ]
    await insert_notifications(conn, new)
