"""The alert of the monitor itself: it is offline, or late."""

from datetime import datetime, timedelta
from typing import Final

from monitor_app.alerting.desk import Desk
from monitor_app.alerting.holding import Waits
from monitor_app.domain.alerting.alert import Alert

# A moment without a network is no news; everything else is held from the beginning.
LASTS: Final = timedelta(seconds=60)


def notice_lateness(desk: Desk, waits: Waits, now: datetime) -> None:
    """Remember since when the monitor is late, and why."""
    waits.late_why = desk.trouble()
    if not waits.late_why:
        waits.late_since = None
    elif waits.late_since is None:
        waits.late_since = now


def monitor_words(desk: Desk, waits: Waits, now: datetime) -> tuple[str, datetime]:
    """What there is to say of the monitor, and since when that is so; "" when there is nothing."""
    offline_since = desk.offline_since
    # What begins later than now began before the clock was set back.
    if offline_since is not None and not timedelta() <= now - offline_since < LASTS:
        return "the monitor itself has no network: nothing is known of any service", min(offline_since, now)
    if waits.late_since is not None and now - waits.late_since >= LASTS:
        return f"the monitor itself is late: {waits.late_why}", waits.late_since
    return "", now


def monitor_alert(words: str, since: datetime, now: datetime) -> Alert:
    """It goes by no rule and is never held."""
    return Alert(
        pk=0,
        rule_pk=None,
        rule_name="The monitor itself",
        service_pk=None,
        subject="monitor",
        severity="critical",
        state="firing",
        since=since,
        cause=words,
        fired_at=now,
    )
