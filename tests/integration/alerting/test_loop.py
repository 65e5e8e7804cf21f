"""The loop that looks: woken by what happens, patient with a database that is away, never ended by a bug."""

import asyncio
import logging

import pytest
from sqlalchemy import update

from monitor_app.alerting import companion
from monitor_app.errors import DatabaseUnavailable, LeadershipLost
from tests.alerting_world import rules

PATIENCE_SECONDS = 60


async def until(condition):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (DatabaseUnavailable("database test: away"), "alerting waits for the database; nothing is lost"),
        (ZeroDivisionError("a bug"), "alerting has failed; it begins anew from what the database says"),
    ],
    ids=["database", "bug"],
)
async def test_loop_goes_on_after_a_failure_and_loses_nothing(world, monkeypatch, caplog, failure, words):
    caplog.set_level(logging.INFO, logger="monitor_app")
    monkeypatch.setattr(companion, "RETRY_SECONDS", 0.01)
    (web,) = await world.add("web")
    failures = [failure, failure]
    due = world.ear.due

    async def fail_at_first(conn, now):
        if failures:
            raise failures.pop()
        await due(conn, now)

    monkeypatch.setattr(world.ear, "due", fail_at_first)
    running = asyncio.create_task(world.companion.run())
    await world.fail(web)
    await until(lambda: world.ear.told)
    await until(lambda: "alerting goes on" in caplog.messages)
    running.cancel()
    assert caplog.messages.count(words) == 1
    assert len(await world.alerts()) == 1


async def test_loop_looks_at_once_when_something_happened(world, monkeypatch):
    monkeypatch.setattr(companion, "POLL_SECONDS", 3600)
    (web,) = await world.add("web")
    running = asyncio.create_task(world.companion.jobs()["alerting"]())
    await until(lambda: world.companion.passes)
    await world.fail(web)
    await until(lambda: world.ear.told)
    # Somebody says that not everything was heard: it is read anew, and not told again.
    world.companion.begin_anew()
    passes = world.companion.passes
    await until(lambda: world.companion.passes > passes)
    running.cancel()
    assert [news.kind for news in world.ear.told] == ["fired"]


async def test_loop_ends_with_the_term(world):
    await world.add("web")
    await world.history.begin_epoch()
    with pytest.raises(LeadershipLost):
        await world.companion.run()


async def test_verdicts_of_who_watches_fire_and_resolve_alerts(world):
    """Rules on more than a plain status, such as a metric."""

    class Watching:
        def __init__(self):
            self.rules, self.verdicts, self.forgotten = [], [], []

        async def follow(self, rules):
            self.rules = [rule.pk for rule in rules]

        def take(self, batch):
            pass

        def forget(self, service_pks):
            self.forgotten += service_pks

        def look(self, now):
            told, self.verdicts = self.verdicts, []
            return told

    watch = Watching()
    world.companion = companion.AlertingCompanion(world.desk, telling=world.ear, dispatcher=world.ear, watch=watch)
    web, api = await world.add("web", "api")
    pk = await world.rule("Slow", condition={"type": "response", "percentile": 95, "above_ms": 500, "span_minutes": 5})
    await world.look()
    assert watch.rules == [1, pk]

    def say(service, holds, cause="p95 is 900 ms"):
        now = world.clock.now()
        watch.verdicts.append(companion.Verdict(pk, service.pk, holds, now, cause, {"p95": 900}))

    say(web, True)
    say(api, None)
    (told,) = await world.look(1)
    assert (told.kind, told.severity) == ("fired", "warning")
    (alert,) = await world.alerts()
    assert (alert.rule_name, alert.cause, alert.facts["p95"]) == ("Slow", "p95 is 900 ms", 900)
    assert (await world.incidents())[0].title == "Web: Slow"
    say(web, None)
    assert await world.look(1) == []
    say(web, False)
    assert [news.kind for news in await world.look(1)] == ["resolved"]
    say(web, True)
    await world.look(1)
    paused = await world.change(web, enabled=False)
    assert [news.kind for news in await world.look(1)] == ["resolved"]
    assert watch.forgotten == [web.pk]
    await world.change(paused, enabled=True)
    assert await world.wait(3) == []  # what was found before it was paused counts no more
    say(web, True)
    assert [news.kind for news in await world.look(1)] == ["fired"]
    slower = {"type": "response", "percentile": 95, "above_ms": 5000, "span_minutes": 5}
    await world.execute(update(rules).where(rules.c.pk == pk).values(condition=slower))
    assert [news.kind for news in await world.look(1)] == ["resolved"]
    assert (await world.alerts())[-1].why_resolved == "the rule was changed"
