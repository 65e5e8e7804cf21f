"""Channels on SQLite and PostgreSQL: who keeps which, what is refused, and what a test says."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from monitor_app.domain.alerting.policy import Step, Target, steps_document
from monitor_app.domain.audit import AuditFilter
from monitor_app.errors import Busy, Conflict, InvalidInput, NotFound, PermissionDenied
from monitor_app.models.counter import ALERTING_RULES
from monitor_app.net import Network
from monitor_app.net.policy import OutboundPolicy
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from monitor_app.security.permissions import EDITOR, NOBODY, NOT_FOR_KEYS, ROLES, VIEWER, Identity
from monitor_app.security.vault import Vault, new_key
from monitor_app.storage.accounts import insert_account
from monitor_app.storage.audit import read
from monitor_app.storage.channels import find_channel, notifications
from monitor_app.storage.database import Database
from monitor_app.storage.notifications import note_failure
from monitor_app.storage.on_call import insert_policy
from monitor_app.storage.services import counters
from monitor_app.use_cases.channel_trying import OWN_TESTS_A_MINUTE, ChannelTrying, sample
from monitor_app.use_cases.channels import OWN_LIMIT, ChannelUseCases
from tests.accounts import HandClock, on_sqlite
from tests.samples import NOON
from tests.servers.http import http_server, reply

SECRET = "a-secret-of-24-letters-x"
HOOK = {"name": "Hook", "kind": "webhook", "config": {"url": "http://127.0.0.1:9/hook", "secret": SECRET}}
PUSH = {"name": "Vic's phone", "kind": "ntfy", "config": {"topic": "vic-8f3kq2"}}


class World:
    """Ada is an editor, Vic a viewer."""

    def __init__(self, database: Database) -> None:
        self.database, self.clock, self.network = database, HandClock(), Network()
        self.registry = NotifierRegistry(Vault([new_key()]))
        self.channels = ChannelUseCases(database, self.registry, self.clock, self.network)
        self.trying = ChannelTrying(
            database, self.registry, self.clock, self.network, self.channels, "https://lightbulb.example"
        )

    async def live(self) -> None:
        async with self.database.write() as conn:
            ada = await insert_account(conn, "ada", EDITOR, "no hash", NOON)
            vic = await insert_account(conn, "vic", VIEWER, "no hash", NOON)
        self.ada = Identity.of_role("ada", EDITOR, account_pk=ada.pk)
        self.vic = Identity.of_role("vic", VIEWER, account_pk=vic.pk)

    async def lines(self) -> list[Any]:
        async with self.database.read() as conn:
            return [line.entry for line in await read(conn, AuditFilter())][::-1]

    async def revision(self) -> int:
        async with self.database.read() as conn:
            rows = await conn.execute(counters.select().where(counters.c.name == ALERTING_RULES))
            found: int = rows.mappings().one()["value"]
            return found


@pytest.fixture
async def world(database: Database) -> AsyncIterator[World]:
    made = World(database)
    await made.live()
    # No name is looked up in these tests.
    yield made
    await made.network.close()


async def test_channel_is_kept_with_sealed_secrets_one_line_and_a_raised_counter(world: World) -> None:
    before = await world.revision()
    made = await world.channels.create(world.ada, HOOK)
    assert (made.target, made.config["secret"], made.channel.enabled) == ("127.0.0.1:9", "***", True)
    assert (made.channel.is_default, made.owner, made.used_by) == (True, "", ())
    assert await world.revision() == before + 1
    async with world.database.read() as conn:
        stored = await find_channel(conn, made.channel.pk)
    assert stored is not None
    assert SECRET not in str(dict(stored.config))
    (line,) = await world.lines()
    assert (line.action, line.target_type, line.target) == ("channel.create", "channel", "Hook")
    assert SECRET not in str(line.after)
    assert world.registry["webhook"].parse(stored.config).secret == SECRET  # type: ignore[attr-defined]


async def test_change_keeps_masked_secrets_unless_it_leads_elsewhere(world: World) -> None:
    pk = (await world.channels.create(world.ada, HOOK)).channel.pk
    changed = {"config": {"url": "http://127.0.0.1:9/other", "secret": "***"}, "enabled": False}
    after = await world.channels.update(world.ada, pk, changed)
    assert (after.channel.enabled, after.config) == (False, {"url": "http://127.0.0.1:9/other", "secret": "***"})
    with pytest.raises(InvalidInput, match=r"the stored one was not meant for 127\.0\.0\.1:10"):
        await world.channels.update(world.ada, pk, {"config": {"url": "http://127.0.0.1:10/", "secret": "***"}})
    line = (await world.lines())[-1]
    assert (line.action, line.after["enabled"], set(line.after)) == ("channel.update", False, {"enabled", "config"})


async def test_change_of_kind_takes_a_new_config(world: World) -> None:
    pk = (await world.channels.create(world.ada, HOOK)).channel.pk
    with pytest.raises(InvalidInput, match="topic: is required"):
        await world.channels.update(world.ada, pk, {"kind": "ntfy"})
    config = {"topic": "ops", "url": "http://127.0.0.1:9"}
    after = await world.channels.update(world.ada, pk, {"kind": "ntfy", "config": config})
    assert after.target == "127.0.0.1:9/ops"


async def test_deleting_tells_which_policies_use_it(world: World) -> None:
    pk = (await world.channels.create(world.ada, HOOK)).channel.pk
    async with world.database.write() as conn:
        steps = steps_document([Step(0, (Target("channel", pk),))])
        values = {"name": "Nights", "is_default": False, "steps": steps, "rounds": 1, "fallback_channel_pk": None}
        policy = await insert_policy(conn, values | {"created_at": NOON, "updated_at": NOON})
    assert (await world.channels.get(world.ada, pk)).used_by == ("Nights",)
    with pytest.raises(Conflict, match="is used by the escalation policies Nights; change them first"):
        await world.channels.delete(world.ada, pk)
    async with world.database.write() as conn:
        await conn.exec_driver_sql(f"DELETE FROM escalation_policy WHERE pk = {policy}")
    await world.channels.delete(world.ada, pk)
    assert await world.channels.list_for(world.ada) == []
    assert [line.action for line in await world.lines()] == ["channel.create", "channel.delete"]


@on_sqlite
async def test_viewers_keep_their_own_at_providers_and_see_no_more_than_names_of_others(world: World) -> None:
    world.network.guard.use(OutboundPolicy())
    shared = await world.channels.create(world.ada, HOOK)
    own = await world.channels.create(world.vic, PUSH)
    assert (own.owner, own.is_mine, own.may_change, own.channel.is_default) == ("vic", True, True, False)
    seen = {view.channel.name: view for view in await world.channels.list_for(world.vic)}
    assert (seen["Hook"].target, seen["Hook"].config, seen["Hook"].may_change) == ("", {}, False)
    async with world.database.write() as conn:
        await note_failure(conn, shared.channel.pk, NOON, "404: no such hook")
    (hook,) = [view for view in await world.channels.list_for(world.vic) if view.channel.name == "Hook"]
    assert (hook.channel.last_failed_at, hook.channel.last_error) == (NOON, "")
    assert (await world.channels.get(world.ada, shared.channel.pk)).channel.last_error == "404: no such hook"
    for call in (
        world.channels.update(world.vic, shared.channel.pk, {"enabled": False}),
        world.channels.delete(world.vic, shared.channel.pk),
        world.trying.test(world.vic, {}, shared.channel.pk),
        world.channels.update(world.vic, own.channel.pk, {"owner": ""}),
        world.channels.create(world.vic, PUSH | {"name": "x", "owner": "ada"}),
        world.channels.list_for(NOBODY),
    ):
        with pytest.raises(PermissionDenied):
            await call
    with pytest.raises(InvalidInput, match="must lead to the provider itself") as info:
        await world.channels.create(world.vic, HOOK | {"name": "mine"})
    assert "none that is known" in info.value.fields["url"]
    with pytest.raises(InvalidInput, match=r"must lead to the provider itself \(ntfy.sh\)"):
        await world.trying.test(world.vic, {"kind": "ntfy", "config": {"topic": "x", "url": "http://127.0.0.1:9"}})
    await world.channels.update(world.vic, own.channel.pk, {"enabled": False})
    assert await world.channels.people(world.vic) == ["vic"]
    assert await world.channels.people(world.ada) == ["ada", "vic"]


@on_sqlite
async def test_channels_of_others_are_not_there_for_viewers_and_a_key_keeps_none(world: World) -> None:
    of_ada = await world.channels.create(world.ada, HOOK | {"owner": "ada"})
    assert of_ada.channel.is_default is False
    assert await world.channels.list_for(world.vic) == []
    with pytest.raises(NotFound):
        await world.channels.get(world.vic, of_ada.channel.pk)
    key = Identity("key", VIEWER, ROLES[VIEWER] - NOT_FOR_KEYS, account_pk=world.vic.account_pk)
    with pytest.raises(PermissionDenied):
        await world.channels.create(key, PUSH | {"owner": "vic"})
    with pytest.raises(PermissionDenied):
        await world.trying.test(key, PUSH)


@on_sqlite
async def test_one_person_has_so_many(world: World) -> None:
    for number in range(OWN_LIMIT):
        await world.channels.create(world.ada, HOOK | {"name": f"h{number}", "owner": "ada"})
    with pytest.raises(Conflict, match="one person has at most 20 channels"):
        await world.channels.create(world.ada, HOOK | {"owner": "ada"})


@on_sqlite
@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"name": " "}, "name", "is required"),
        ({"kind": "pigeon"}, "kind", "must be one of apprise, discord, email, ntfy, pagerduty, slack, teams"),
        ({"kind": 7}, "kind", "must be one of apprise"),
        ({"config": []}, "config", "must be an object with named fields"),
        ({"config": {"url": "http://169.254.169.254/"}}, "url", "is not allowed"),
        ({"config": {"url": "https://x.example/", "hm": 1}}, "hm", "is not a field of this kind"),
        ({"templates": {"body": "{{password}}"}}, "template_body", "must only use the names {{title}}"),
        ({"enabled": "yes"}, "enabled", "must be true or false, got 'yes'"),
        ({"owner": "nobody"}, "owner", "must be the name of an account"),
        ({"colour": "red"}, "colour", "is not known: a channel has name, kind"),
    ],
    ids=["name", "kind", "number", "list", "metadata", "field", "template", "enabled", "owner", "strange"],
)
async def test_wrong_input_is_refused_with_what_is_allowed(
    world: World, values: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(InvalidInput) as info:
        await world.channels.create(world.ada, HOOK | values)
    assert words in info.value.fields[field]
    assert await world.lines() == []


@on_sqlite
async def test_names_are_taken_once(world: World) -> None:
    first = await world.channels.create(world.ada, HOOK)
    with pytest.raises(Conflict, match="is taken by another channel"):
        await world.channels.create(world.ada, HOOK)
    await world.channels.update(world.ada, first.channel.pk, {"name": "Hook"})
    with pytest.raises(NotFound):
        await world.channels.get(world.ada, 4711)


@on_sqlite
async def test_test_shows_the_answer_of_the_provider(world: World) -> None:
    async with http_server() as server:
        server.on("/hook", reply(200, b"thanks"))
        config = {"url": server.url("/hook"), "secret": SECRET}
        trial = await world.trying.test(world.ada, {"kind": "webhook", "config": config})
        assert (trial.is_sent, trial.answer) == (True, "200: thanks")
        pk = (await world.channels.create(world.ada, HOOK | {"config": config})).channel.pk
        server.on("/hook", reply(403, b"who are you"))
        templates = {"title": "{{event}} of {{service}}"}
        trial = await world.trying.test(world.ada, {"templates": templates}, pk)
        assert (trial.is_sent, trial.is_final) == (False, True)
        assert trial.answer == "the provider answered 403: who are you"
        assert b'"title": "trigger of db-main"' in server.requests[-1].body
        assert "webhook-signature" in server.requests[-1].headers
        world.network.guard.use(OutboundPolicy(is_private_allowed=False))
        with pytest.raises(InvalidInput, match="administrators change that under Admin, Security"):
            await world.trying.test(world.ada, {"kind": "webhook", "config": config})


@on_sqlite
async def test_who_was_given_a_channel_to_a_host_of_ours_takes_it_as_it_is(world: World) -> None:
    hook = {"url": "http://127.0.0.1:9/hook?a=1", "secret": SECRET}
    pk = (await world.channels.create(world.ada, HOOK | {"owner": "vic", "config": hook})).channel.pk
    kept = (await world.channels.get(world.vic, pk)).config
    for change in (
        {"url": "http://127.0.0.1:9/admin"},
        {"url": "http://127.0.0.1:9/hook?a=2"},
        {"method": "PUT"},
        {"headers": {"X-Do": "this"}},
    ):
        for call in (
            world.channels.update(world.vic, pk, {"config": dict(kept) | change}),
            world.trying.test(world.vic, {"config": dict(kept) | change}, pk),
        ):
            with pytest.raises(InvalidInput, match="leads elsewhere, or to change this one"):
                await call
    renamed = await world.channels.update(world.vic, pk, {"name": "My hook", "config": dict(kept)})
    assert (renamed.channel.name, renamed.config) == ("My hook", kept)
    gotify = HOOK | {"name": "Apprise", "kind": "apprise", "config": {"url": "gotify://127.0.0.1:9/token-a"}}
    pk = (await world.channels.create(world.ada, gotify | {"owner": "vic"})).channel.pk
    with pytest.raises(InvalidInput, match="or to change this one"):
        await world.channels.update(world.vic, pk, {"config": {"url": "gotify://127.0.0.2:9/token-a"}})


@on_sqlite
async def test_viewers_send_a_few_tests_a_minute(world: World) -> None:
    async with http_server() as server:
        server.on("/hook", reply(200, b"thanks"))
        given = HOOK | {"owner": "vic", "config": {"url": server.url("/hook")}}
        pk = (await world.channels.create(world.ada, given)).channel.pk
        for _ in range(OWN_TESTS_A_MINUTE):
            assert (await world.trying.test(world.vic, {}, pk)).is_sent
        with pytest.raises(Busy, match="6 tests within a minute"):
            await world.trying.test(world.vic, {}, pk)
        assert (await world.trying.test(world.ada, {}, pk)).is_sent
    assert len(server.requests) == OWN_TESTS_A_MINUTE + 1


async def test_preview_tells_the_newest_real_alert(world: World) -> None:
    made_up = await world.trying.preview(world.vic, {"title": "{{service}}: {{cause}}"})
    assert made_up.is_real is False
    assert made_up.rendered.title.startswith("db-main: connection refused by")
    async with world.database.write() as conn:
        document = sample(NOON).document() | {"root_label": "shop", "cause": "timed out"}
        values = {"dedupe_key": "a", "kind": "fired", "channel_name": "x", "state": "sent", "message": document}
        await conn.execute(notifications.insert().values(**values, created_at=NOON))
    real = await world.trying.preview(world.vic, {"title": "{{service}}: {{cause}}"})
    assert (real.is_real, real.rendered.title) == (True, "shop: timed out")
    with pytest.raises(InvalidInput, match="must only use the names"):
        await world.trying.preview(world.vic, {"title": "{{x}}"})
