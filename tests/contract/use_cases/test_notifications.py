"""The log of notifications as people read it, sending again what died, and how often somebody is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor_app.domain.alerting.delivery import AlertingSettings
from monitor_app.errors import Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.models import AuditEntryRow, NotificationRow
from monitor_app.security.permissions import ADMIN, EDITOR, NOBODY, VIEWER, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.notifications import DEAD
from monitor_app.use_cases.alert_incidents import AlertIncidents
from monitor_app.use_cases.alerting_settings import AlertingSettingsUseCases
from monitor_app.use_cases.notifications import LogFilter, Notifications
from tests.accounts import on_sqlite
from tests.samples import NOON
from tests.telling import Stage, table

ADA, VERA = Identity.of_role("ada", EDITOR), Identity.of_role("vera", VIEWER)


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)


@pytest.fixture
def log(stage: Stage) -> Notifications:
    return Notifications(stage.database, stage.clock)


async def kill(stage: Stage, pk: int) -> None:
    rows = table(NotificationRow)
    async with stage.database.write() as conn:
        values = {"state": DEAD, "due_at": None, "attempts": 9, "answer": "404", "finished_at": NOON}
        await conn.execute(rows.update().where(rows.c.pk == pk).values(**values))


async def test_everything_that_was_told_can_be_found(stage: Stage, log: Notifications) -> None:
    ada = await stage.person("ada")
    await stage.channel("Mail")
    own = await stage.channel("Ada's", account_pk=ada, is_default=False)
    policy = await stage.policy((0, "account", ada))
    first, second = await stage.incident("first"), await stage.incident("second", "warning")
    await stage.tell("fired", first)
    await stage.later(60)
    await stage.quiet(ada, "11:00", "13:00")
    await stage.tell("fired", second, policy_pk=policy)
    await stage.tell("resolved", first)
    found = await log.page(ADA, LogFilter())
    assert [(one.channel_name, one.kind, one.state, one.title) for one in found] == [
        ("Mail", "resolved", "waiting", "First is down"),
        ("Ada's", "fired", "held", "Second is down"),
        ("Mail", "fired", "waiting", "First is down"),
    ]
    held = found[1]
    assert (held.account, held.why, held.due_at, held.incident_pks, held.severity) == (
        "ada", "quiet hours of ada", NOON + timedelta(hours=1), (second,), "warning"
    )  # fmt: skip
    story = await AlertIncidents(stage.database, stage.clock).export(ADA, second)
    assert "quiet hours of ada until 2026-05-17 13:00:00 UTC" in story
    for wanted, count in (
        (LogFilter(state="held"), 1),
        (LogFilter(kind="fired"), 2),
        (LogFilter(kind="\0"), 0),
        (LogFilter(channel_pk=own), 1),
        (LogFilter(incident_pk=first), 2),
        (LogFilter(since=NOON + timedelta(seconds=1)), 2),
        (LogFilter(until=NOON + timedelta(seconds=1)), 1),
    ):
        assert len(await log.page(VERA, wanted)) == count
    assert [one.pk for one in await log.page(VERA, LogFilter(), before_pk=found[0].pk, limit=1)] == [found[1].pk]
    assert await log.counts(VERA) == {"waiting": 2, "sending": 0, "sent": 0, "dead": 0, "held": 1}
    assert await log.get(ADA, held.pk) == held


@on_sqlite
async def test_what_providers_said_and_own_channels_are_for_who_may_change_them(
    stage: Stage, log: Notifications
) -> None:
    ada = await stage.person("ada")
    await stage.channel("Mail")
    await stage.channel("Ada's", account_pk=ada, is_default=False)
    shop = await stage.incident("shop")
    await stage.tell("fired", shop, policy_pk=await stage.policy((0, "account", ada)))
    await stage.tell("fired", other := await stage.incident("other"))
    for one in await log.page(ADA, LogFilter()):
        await kill(stage, one.pk)

    async def seen(identity: Identity) -> list[tuple[str, str, str]]:
        return [(one.channel_name, one.account, one.answer) for one in await log.page(identity, LogFilter())]

    assert await seen(ADA) == [("Mail", "", "404"), ("Ada's", "ada", "404")]
    assert await seen(VERA) == [("Mail", "", ""), ("", "ada", "")]
    assert await seen(Identity.of_role("ada", VIEWER, account_pk=ada)) == [("Mail", "", ""), ("Ada's", "ada", "404")]
    (mail, own) = await log.page(VERA, LogFilter())
    assert await log.get(VERA, own.pk) == own
    incidents = AlertIncidents(stage.database, stage.clock)
    for pk, line in ((shop, own), (other, mail)):
        whole = await incidents.get(VERA, pk)
        assert whole.notifications == [line]
    assert "Ada's" not in str(await incidents.get(VERA, shop))


async def test_a_dead_one_is_sent_again_while_what_it_tells_of_lasts(stage: Stage, log: Notifications) -> None:
    await stage.channel()
    shop = await stage.incident()
    await stage.tell("fired", shop)
    (one,) = await log.page(ADA, LogFilter())
    with pytest.raises(Conflict, match="it is waiting"):
        await log.retry(ADA, one.pk)
    await kill(stage, one.pk)
    await stage.later(60)
    again = await log.retry(ADA, one.pk)
    assert (again.state, again.attempts, again.due_at, again.dedupe_key) == (
        "waiting", 0, stage.clock.now(), one.dedupe_key
    )  # fmt: skip
    (line,) = await stage.rows(AuditEntryRow)
    assert (line["action"], line["who"], line["before"]["answer"]) == ("notification.retry", "ada", "404")
    await kill(stage, one.pk)
    await stage.tell("resolved", shop)
    with pytest.raises(Conflict, match="is over"):
        await log.retry(ADA, one.pk)


@on_sqlite
async def test_who_may_not_is_turned_away(stage: Stage, log: Notifications) -> None:
    with pytest.raises(PermissionDenied):
        await log.page(NOBODY, LogFilter())
    with pytest.raises(PermissionDenied):
        await log.retry(VERA, 1)
    with pytest.raises(NotFound):
        await log.retry(ADA, 1)
    with pytest.raises(InvalidInput, match="state: must be one of waiting"):
        await log.page(ADA, LogFilter(state="lost"))
    settings = AlertingSettingsUseCases(stage.database, stage.clock)
    with pytest.raises(PermissionDenied):
        await settings.get(NOBODY)
    with pytest.raises(PermissionDenied):
        await settings.change(VERA, {})


async def test_how_often_is_told_can_be_changed(stage: Stage) -> None:
    settings = AlertingSettingsUseCases(stage.database, stage.clock)
    assert await settings.get(VERA) == AlertingSettings()
    changed = await settings.change(ADA, {"repeat_minutes": 60})
    assert changed == await settings.get(VERA) == replace(AlertingSettings(), repeat_minutes=60)
    assert await settings.change(ADA, {"repeat_minutes": 60}) == changed
    with pytest.raises(InvalidInput, match="repeat_minutes: must be a whole number"):
        await settings.change(Identity.of_role("root", ADMIN), {"repeat_minutes": "often"})
    with pytest.raises(InvalidInput, match="names with values"):
        await settings.change(ADA, ["repeat_minutes"])  # type: ignore[arg-type] # whatever comes
    (line,) = await stage.rows(AuditEntryRow)
    assert (line["action"], line["before"], line["after"]) == (
        "alerting_settings.update", {"repeat_minutes": 240}, {"repeat_minutes": 60}
    )  # fmt: skip
