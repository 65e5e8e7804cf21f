"""What was told to whom, and how often it is told."""

from typing import Final

from monitor_app.domain.alerting.delivery import AlertingSettings
from monitor_app.security.permissions import ALERT_RULE_WRITE, CHANNEL_WRITE, MONITOR_READ
from monitor_app.storage.notifications import DEAD, NewNotification, insert_notifications
from monitor_app.storage.settings import load_alerting_settings
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.stage import Stage
from tests.samples import NOON
from tests.telling import Stage as World

NOTIFICATIONS: Final = "/api/notifications"
SETTINGS: Final = "/api/alerting/settings"
_NOTIFICATION: Final = f"{NOTIFICATIONS}/{{notification_id}}"


def of_dead(tail: str = "") -> Prepare:
    """A call about one that could not be delivered."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        database = stage.people.database
        name = stage.new_name("channel")
        channel_pk = await World(database).channel(name)
        new = NewNotification(f"{name}-1", "fired", channel_pk, name, None, {"title": "Shop"}, NOON, state=DEAD)
        async with database.write() as conn:
            (pk,) = await insert_notifications(conn, [new])
        return Call(path=f"{NOTIFICATIONS}/{pk}{tail}")

    return prepare


async def set_pace(stage: Stage, caller: Caller) -> Call:
    """Another one for each caller, so that it is a change."""
    async with stage.people.database.read() as conn:
        minutes = (await load_alerting_settings(conn)).update_minutes
    return Call(AlertingSettings(update_minutes=minutes % 60 + 1).to_dict())


ROUTES: Final = (
    Row("GET", NOTIFICATIONS, MONITOR_READ, plain),
    Row("GET", _NOTIFICATION, MONITOR_READ, of_dead()),
    Row("POST", f"{_NOTIFICATION}/retry", CHANNEL_WRITE, of_dead("/retry"), always),
    Row("GET", SETTINGS, MONITOR_READ, plain),
    Row("PUT", SETTINGS, ALERT_RULE_WRITE, set_pace, always, is_forgiving=True),
)
