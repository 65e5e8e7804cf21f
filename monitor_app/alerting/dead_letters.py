"""What happens when a channel does not take a notification: an alert, told on the others, until it works again."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final, cast

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.delivery import FAILING_AFTER
from monitor_app.domain.alerting.message import PAGES, Message, has_arrived_in_part
from monitor_app.domain.alerting.severity import SEVERITIES, Severity
from monitor_app.models import ChannelRow
from monitor_app.storage import delivery_alerts as table
from monitor_app.storage import notification_log
from monitor_app.storage import notifications as outbox
from monitor_app.storage.delivery_alerts import (
    KEY,
    ON_AGAIN,
    DeliveryAlert,
    LatePage,
    OtherChannel,
    Undelivered,
)
from monitor_app.storage.notifications import DEAD, HELD, SENT, Claimed, NewNotification, Stray, insert_notifications

__all__ = ["KEY", "bury", "divert", "has_work", "note_refused", "revive", "say_off", "tidy"]

# What tells something new; the rest is for those alone who were told that before.
NEWS: Final = (*PAGES, "update")
OVER_BEFORE: Final = "it was over before anything was sent"
STRAYS_LIMIT: Final = 500
# So many are named in one message.
TITLES_LIMIT: Final = 5
_OFF_WORDS: Final = {
    outbox.DELETED: "was deleted",
    outbox.SWITCHED_OFF: "is switched off",
    outbox.ACCOUNT_DISABLED: "belongs to an account that is disabled",
}


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
    if channel.pk is None:
        return
    one = table.undelivered(claimed.pk, claimed.message)
    whole = [each for each in await table.load_open(conn) if not each.is_partial]
    known = next((each for each in whole if each.channel_pk == channel.pk), None)
    if known is not None and not known.is_off:
        if one.pk not in known.said and claimed.kind in PAGES and await _is_pause_over(conn, known, now, pause):
            others = await table.load_unsaid(conn, known, PAGES)
            await _say(conn, known, [*(each for each in others if each.pk != one.pk), one], now, revision)
    else:
        # Everybody reads alerts: what providers say, and what people call their own channels, is not for everybody.
        name = await _name(conn, channel.name, channel.account_pk)
        cause = f"{name} did not take a notification: the log of what was sent has the answer"
        alert = await _open(conn, known, channel.pk, name, cause, one.severity, now, revision)
        told = "" if channel.account_pk is not None else answer
        await _say(conn, alert, [one], now, revision, cause=told)
    if claimed.kind == "delivery":
        await _tell_untold(conn, now)


async def divert(conn: AsyncConnection, now: datetime, revision: int) -> None:
    """What waits for channels that were deleted or switched off is not sent: say elsewhere what is still open of it."""
    strays = await outbox.load_strays(conn, STRAYS_LIMIT)
    current = await table.still_open(conn, [one.pk for one in strays])
    ended = [one for one in strays if await _end(conn, one, current, now)]
    for (channel_pk, name, account_pk, why), group in groupby(sorted(ended, key=_whereto), key=_channel_of):
        pages = [table.undelivered(one.pk, one.message) for one in group if one.kind in NEWS and one.pk in current]
        if pages:
            await say_off(conn, channel_pk, await _name(conn, name, account_pk), why, pages, now, revision)
    if any(one.kind == "delivery" for one in ended):
        await _tell_untold(conn, now)


async def say_off(
    conn: AsyncConnection,
    channel_pk: int | None,
    name: str,
    why: str,
    pages: Sequence[Undelivered],
    now: datetime,
    revision: int,
) -> None:
    """These were to be told on a channel that was deleted or switched off, which all call `name`."""
    pk = channel_pk or 0
    cause = f"{name} {_OFF_WORDS[why]}"
    severity = max((one.severity for one in pages), key=SEVERITIES.index)
    whole = [each for each in await table.load_open(conn) if not each.is_partial]
    known = [each for each in whole if (each.channel_pk, each.channel_name) == (pk, name)]
    alert = await _open(conn, known[0] if known else None, pk, name, cause, severity, now, revision, is_off=True)
    new = [one for one in pages if one.pk not in alert.said]
    if new:
        await _say(conn, alert, new, now, revision)


async def note_refused(
    conn: AsyncConnection, claimed: Claimed, channel: ChannelRow, answer: str, now: datetime, revision: int
) -> None:
    """Some receivers do not get it, while the channel works for others: say so once, until all get something."""
    assert channel.pk is not None
    if any(each.channel_pk == channel.pk and each.is_partial for each in await table.load_open(conn)):
        return
    one = table.undelivered(claimed.pk, claimed.message)
    name = await _name(conn, channel.name, channel.account_pk)
    cause = f"{name}: a recipient was refused: the log of what was sent has the answer"
    new = DeliveryAlert(0, one.severity, now, cause, channel.pk, name, is_partial=True)
    alert = await table.open_alert(conn, new, revision)
    await _say(conn, alert, [one], now, revision, cause="" if channel.account_pk is not None else answer)


async def revive(
    conn: AsyncConnection, channel: ChannelRow, now: datetime, revision: int, *, is_partial: bool = False
) -> None:
    """Something was delivered: whoever was told that the channel takes nothing is told that it does again.

    `is_partial`: not to all who get messages by it.
    """
    for alert in await table.load_open(conn):
        if alert.channel_pk == channel.pk and not alert.is_off and not (is_partial and alert.is_partial):
            await table.end_alert(conn, alert.pk, "a notification was delivered", now, revision)
            await _tell_end(conn, alert, now)


async def has_work(conn: AsyncConnection, now: datetime, pause: timedelta) -> bool:
    """Whether `tidy` has anything to do."""
    if await table.load_over(conn) or await table.load_untold(conn) or await _load_late(conn, now):
        return True
    return any([await _unsaid(conn, alert, now, pause) for alert in await table.load_open(conn)])


async def tidy(conn: AsyncConnection, now: datetime, revision: int, pause: timedelta) -> None:
    """End what is over, and say what was not said yet."""
    for alert, why in await table.load_over(conn):
        await table.end_alert(conn, alert.pk, why, now, revision)
        if why == ON_AGAIN and not await table.is_told(conn, alert):
            # Nobody has heard of it so far, so that this is no second time.
            for pk in await table.still_open(conn, alert.said):
                await notification_log.revive(conn, pk, now)
        await _tell_end(conn, alert, now, note=why)
    await _tell_untold(conn, now)
    await _say_late(conn, now, revision)
    for alert in await table.load_open(conn):
        if unsaid := await _unsaid(conn, alert, now, pause):
            await _say(conn, alert, unsaid, now, revision)


async def _load_late(conn: AsyncConnection, now: datetime) -> list[LatePage]:
    """What is to be said of now: critical pages that reach nobody, while there is somebody who can be told."""
    late = await table.load_late(conn, now - FAILING_AFTER)
    if not late or not await table.others(conn, await _unusable(conn)):
        return []
    said = {pk for each in await table.load_open(conn) for pk in each.said}
    return [each for each in late if each.page.pk not in said]


async def _say_late(conn: AsyncConnection, now: datetime, revision: int) -> None:
    """These may be delivered yet, but somebody has to hear of them now."""
    late = sorted(await _load_late(conn, now), key=lambda each: (each.channel_pk, each.page.pk))
    for channel_pk, group in groupby(late, key=lambda each: each.channel_pk):
        pages = list(group)
        name = await _name(conn, pages[0].channel_name, pages[0].account_pk)
        cause = f"{name} takes no notifications so far: it is tried again"
        whole = [each for each in await table.load_open(conn) if not each.is_partial]
        known = next((each for each in whole if each.channel_pk == channel_pk), None)
        alert = await _open(conn, known, channel_pk, name, cause, "critical", now, revision)
        await _say(conn, alert, [each.page for each in pages], now, revision, is_late=True)


async def _unusable(conn: AsyncConnection) -> set[int]:
    """The channels that take nothing, so far as is known."""
    failing = {each.pk for each in await table.load_failing(conn)}
    return table.broken(await table.load_open(conn)) | failing


async def _end(conn: AsyncConnection, stray: Stray, current: Collection[int], now: datetime) -> bool:
    is_end = stray.message.get("kind") == "resolved"
    if stray.kind == "delivery" and not is_end:
        return await outbox.end_waiting(conn, stray.pk, DEAD, stray.why, now)
    if stray.kind not in NEWS or is_end:
        return await outbox.end_waiting(conn, stray.pk, HELD, stray.why, now)
    if has_arrived_in_part(stray.message):
        return await outbox.end_waiting(conn, stray.pk, SENT, f"not to all: {stray.why}", now)
    why = stray.why if stray.pk in current else f"{stray.why}; {OVER_BEFORE}"
    return await outbox.end_waiting(conn, stray.pk, DEAD, why, now)


def _channel_of(stray: Stray) -> tuple[int | None, str, int | None, str]:
    return stray.channel_pk, stray.channel_name, stray.account_pk, stray.why


def _whereto(stray: Stray) -> tuple[int, str, int, str, int]:
    return stray.channel_pk or 0, stray.channel_name, stray.account_pk or 0, stray.why, stray.pk


async def _name(conn: AsyncConnection, name: str, account_pk: int | None) -> str:
    return name if account_pk is None else await table.whose(conn, account_pk)


async def _open(
    conn: AsyncConnection,
    known: DeliveryAlert | None,
    channel_pk: int,
    name: str,
    cause: str,
    severity: str,
    now: datetime,
    revision: int,
    *,
    is_off: bool = False,
) -> DeliveryAlert:
    """The alert of a channel: a new one, or the one that is open already, for what is true now."""
    if known is None:
        new = DeliveryAlert(0, severity, now, cause, channel_pk, name, is_off)
        return await table.open_alert(conn, new, revision)
    return replace(known, cause=cause, is_off=is_off)


async def _is_pause_over(conn: AsyncConnection, alert: DeliveryAlert, now: datetime, pause: timedelta) -> bool:
    """What seems to have been told later than now was told before the clock was set back."""
    last = await table.last_told_at(conn, alert)
    return last is None or not timedelta() <= now - last < pause


async def _unsaid(conn: AsyncConnection, alert: DeliveryAlert, now: datetime, pause: timedelta) -> list[Undelivered]:
    """The pages that died since something was said last, when it is time to say so."""
    if alert.is_off or alert.is_partial or not await _is_pause_over(conn, alert, now, pause):
        return []
    return await table.load_unsaid(conn, alert, PAGES)


async def _say(
    conn: AsyncConnection,
    alert: DeliveryAlert,
    what: Sequence[Undelivered],
    now: datetime,
    revision: int,
    *,
    cause: str | None = None,
    is_late: bool = False,
) -> None:
    """That these were not delivered, or not so far. With a `cause` that one is told, not what everybody reads."""
    alert = alert.saying(one.pk for one in what)
    await table.change_alert(conn, alert, revision)
    await _tell_others(conn, alert, what, now, cause, is_late=is_late)


async def _tell_untold(conn: AsyncConnection, now: datetime) -> None:
    """There was nobody who could be told, or those who were to be told were not reached either."""
    for alert in await table.load_untold(conn):
        said = await table.load_undelivered(conn, alert.said)
        current = await table.still_open(conn, alert.said)
        await _tell_others(conn, alert, [one for one in said if one.pk in current] or said, now)


async def _tell_others(
    conn: AsyncConnection,
    alert: DeliveryAlert,
    what: Iterable[Undelivered],
    now: datetime,
    cause: str | None = None,
    *,
    is_late: bool = False,
) -> None:
    broken = table.broken([*await table.load_open(conn), alert])
    if is_late:
        broken |= await _unusable(conn)
    # Where there is no other one, those hear of it for whom it works.
    whom = await table.others(conn, broken | {alert.channel_pk} if alert.is_partial else broken)
    if not whom and alert.is_partial:
        whom = await table.others(conn, broken)
    told = alert if cause is None else replace(alert, cause=cause)
    message = _message(told, now, note=_titles(alert, [one.title for one in what if one.title], is_late=is_late))
    await _tell(conn, alert, whom, message, now, str(await table.count_told(conn, alert) + 1))


async def _tell_end(conn: AsyncConnection, alert: DeliveryAlert, now: datetime, *, note: str = "") -> None:
    told = await table.told_of(conn, alert)
    await _tell(conn, alert, told, _message(alert, now, note=note, is_over=True), now, "end")


def _titles(alert: DeliveryAlert, titles: Sequence[str], *, is_late: bool = False) -> str:
    if not titles:
        return ""
    more = [f"and {len(titles) - TITLES_LIMIT} more"] if len(titles) > TITLES_LIMIT else []
    what = "Not delivered to all" if alert.is_partial else "Not delivered"
    if is_late:
        what = f"Could not be told through {alert.channel_name} so far"
    return f"{what}: {'; '.join([*titles[:TITLES_LIMIT], *more])}"


def _message(alert: DeliveryAlert, now: datetime, *, note: str = "", is_over: bool = False) -> Message:
    trouble = "do not reach all who get them" if alert.is_partial else "are not delivered"
    return Message(
        kind="resolved" if is_over else "delivery",
        title=f"Notifications to {alert.channel_name} {trouble}",
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
            dedupe_key=f"{alert.keys}{one.pk}-{number}",
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
