"""Export and import: what goes out comes back the same, on SQLite and PostgreSQL."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from monitor_app.domain.audit import AuditFilter
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.errors import InvalidInput, PermissionDenied
from monitor_app.security.permissions import EDITOR, SYSTEM, VIEWER, Identity
from monitor_app.storage.audit import read
from monitor_app.storage.database import Database
from monitor_app.storage.settings import load_security_settings
from tests.portable import PASSPHRASE, Program, another_program, told

SECRET = "hunter2-hunter2"
FILE = """\
version: 1
settings:
  security:
    idle_minutes: 60
    outbound_deny: [10.0.0.0/8]
groups:
  Shop: {description: What earns the money}
services:
  shop:
    label: "Shop äöü \U0001f6d2"
    group: Shop
    tags: [web, "#1"]
    status_config:
      url: https://shop.example/
      auth: basic
      username: anna
      password: hunter2-hunter2
      headers: {X-Api-Key: hunter2-hunter2, Accept: "*/*"}
      body_contains: "costs $${5}"
    metric_config:
      thresholds: [{metric: response_ms, comparison: ">", value: 500, results: 3}]
  db: {kind: tcp, interval_seconds: 30, enabled: false, status_config: {host: db.example, port: 5432}}
  nightly: {kind: push, status_config: {period_seconds: 3600}}
  all: {kind: composite, status_config: {members: "shop, db"}}
relations:
- {source: shop, target: db, note: "reads, writes"}
- {source: nightly, target: db, relation_type: data-flow, enabled: false}
"""
ANNA = Identity.of_role("anna", EDITOR)


@pytest.fixture
def here(database: Database) -> Program:
    return Program(database)


@pytest.fixture
async def there(empty_sqlite: Path, tmp_path: Path) -> AsyncIterator[Program]:
    async with another_program(empty_sqlite, tmp_path / "there") as program:
        yield program


async def settings(program: Program) -> SecuritySettings:
    async with program.database.read() as conn:
        return await load_security_settings(conn)


async def test_file_is_taken_whole(here: Program) -> None:
    report = await here.take(FILE)
    assert told(report) == []
    # A group, four services, two relations, the settings.
    assert (report.added, report.changed, report.failed, report.is_written) == (7, 1, 0, True)
    found = await here.all()
    assert list(found) == ["shop", "db", "nightly", "all"]
    assert found["db"].interval_seconds == 30
    assert not found["db"].enabled
    assert found["shop"].tags == ("web", "#1")
    config = await here.config("shop")
    assert (config.password, config.headers["X-Api-Key"]) == (SECRET, SECRET)
    assert config.body_contains == "costs ${5}"
    assert SECRET not in json.dumps(found["shop"].status_config)
    assert (await settings(here)).outbound_deny == ("10.0.0.0/8",)


@pytest.mark.parametrize("form", ["yaml", "json"])
async def test_round_trip_with_a_passphrase_gives_the_same(here: Program, there: Program, form: Any) -> None:
    await there.take(FILE)
    masked, secret = await there.export(form), await there.export(form, passphrase=PASSPHRASE)
    assert SECRET not in masked + secret
    report = await here.take(secret, form, passphrase=PASSPHRASE)
    assert told(report) == []
    assert await here.export(form) == masked
    for service_id in await there.all():
        assert await here.config(service_id) == await there.config(service_id)
    # And once more: nothing is left to do, whatever the secrets are shown as.
    for text, passphrase in ((masked, ""), (secret, PASSPHRASE)):
        again = await here.take(text, form, passphrase=passphrase)
        assert (again.added, again.changed, again.unchanged, told(again)) == (0, 0, 8, [])


async def test_round_trip_of_tables_gives_the_same(here: Program, there: Program) -> None:
    await there.take(FILE)
    services, relations = await there.export("csv"), await there.export("csv", "relations")
    secret = await there.export("csv", passphrase=PASSPHRASE)
    assert SECRET not in services + secret
    assert told(await here.take(secret, "csv", passphrase=PASSPHRASE)) == []
    assert told(await here.take(relations, "csv")) == []
    assert await here.export("csv") == services
    assert await here.export("csv", "relations") == relations
    assert (await here.config("shop")).password == SECRET
    again = await here.take(services, "csv")
    assert (again.added, again.changed, again.unchanged, told(again)) == (0, 0, 4, [])


async def test_nothing_is_written_when_one_row_is_wrong(here: Program) -> None:
    wrong = FILE.replace("port: 5432", "port: 99999")
    report = await here.take(wrong)
    assert not report.is_written
    assert told(report) == [
        "services.yaml:22: db.port: must be at most 65535, got 99999",
        "services.yaml:24: all.members: must be services that exist: there is no db",
        "services.yaml:26: shop -> db (dependency).target: db is wrong itself",
        "services.yaml:27: nightly -> db (data-flow).target: db is wrong itself",
    ]
    assert (report.failed, await here.all(), await settings(here)) == (4, {}, SecuritySettings())
    report = await here.take(wrong, partial=True)
    assert (report.is_written, report.failed, report.added) == (True, 4, 3)
    assert set(await here.all()) == {"shop", "nightly"}


async def test_dry_run_tells_and_does_nothing(here: Program) -> None:
    report = await here.take(FILE, dry=True)
    assert (report.added, report.changed, report.is_written) == (7, 1, False)
    assert [(step.action, step.what, step.name) for step in report.steps][:2] == [
        ("add", "group", "Shop"),
        ("add", "service", "shop"),
    ]
    assert await here.all() == {}


async def test_masked_secret_without_a_present_one_has_to_be_given(here: Program, there: Program) -> None:
    await there.take(FILE)
    report = await here.take(await there.export())
    assert {problem.field for problem in report.errors} >= {"shop.password", "shop.headers", "nightly.token"}
    assert all("must be given anew" in problem.text for problem in report.errors if problem.field == "shop.password")
    assert await here.all() == {}


async def test_masked_secret_keeps_the_present_one_but_not_for_another_server(here: Program) -> None:
    await here.take(FILE)
    text = (await here.export()).replace("Shop äöü", "Store äöü")
    report = await here.take(text, on_conflict="update")
    assert told(report) == []
    assert [step.name for step in report.steps] == ["shop"]
    assert (await here.config("shop")).password == SECRET
    stolen = text.replace("https://shop.example/", "https://thief.example/")
    report = await here.take(stolen, on_conflict="update")
    assert {problem.field for problem in report.errors} == {"shop.password", "shop.headers"}
    assert all("was not meant for thief.example:443" in problem.text for problem in report.errors)


async def test_encrypted_secret_needs_its_passphrase_and_its_place(here: Program, there: Program) -> None:
    await there.take(FILE)
    text = await there.export(passphrase=PASSPHRASE)
    report = await here.take(text)
    assert any("shop.password: is encrypted: give the passphrase" in line for line in told(report))
    with pytest.raises(InvalidInput, match="passphrase: is not the one"):
        await here.take(text, passphrase="another harbour")
    # Who edits the file on its way cannot have the password sent to himself.
    turned = text.replace("https://shop.example", "https://thief.example")
    assert turned != text
    report = await here.take(turned, passphrase=PASSPHRASE)
    assert any("shop.password: must be given in clear: the encrypted one was" in line for line in told(report))
    moved = text.replace("\n  shop:\n", "\n  thief:\n")
    report = await here.take(moved, passphrase=PASSPHRASE)
    assert any("thief.password: was changed since it was exported" in line for line in told(report))
    assert await here.all() == {}


async def test_what_is_there_is_left_skipped_or_changed(here: Program) -> None:
    await here.take(FILE)
    changed = FILE.replace("db.example", "db2.example").replace("reads, writes", "reads").replace("earns the", "earns")
    report = await here.take(changed)
    assert told(report) == [
        "services.yaml:7: groups.Shop: is there already with another description: import with on-conflict update, "
        "or skip",
        "services.yaml:22: db.service_id: is there already with another status_config.host: import with on-conflict "
        "update, or skip",
        "services.yaml:26: shop -> db (dependency).enabled: is there already with another note: import with "
        "on-conflict update, or skip",
    ]
    report = await here.take(changed, on_conflict="skip")
    assert (report.skipped, report.unchanged, report.is_written) == (3, 5, False)
    report = await here.take(changed, on_conflict="update")
    assert [(step.action, step.what, dict(step.fields)) for step in report.steps] == [
        ("change", "group", {"description": ("What earns the money", "What earns money")}),
        ("change", "service", {"status_config.host": ("db.example", "db2.example")}),
        ("change", "relation", {"note": ("reads, writes", "reads")}),
    ]
    assert (await here.config("db")).host == "db2.example"
    assert (await here.take(changed)).unchanged == 8


async def test_what_an_entry_leaves_out_stays(here: Program) -> None:
    await here.take(FILE)
    await here.take("services: {shop: {group: Elsewhere}}", on_conflict="update")
    shop = (await here.all())["shop"]
    assert (shop.group, shop.tags, (await here.config("shop")).password) == ("Elsewhere", ("web", "#1"), SECRET)
    token = (await here.config("nightly")).token
    await here.take("services: {nightly: {status_config: {period_seconds: 60}}}", on_conflict="update")
    assert ((await here.config("nightly")).period_seconds, (await here.config("nightly")).token) == (60, token)


async def test_circle_is_found_among_members_and_relations(here: Program) -> None:
    text = FILE + "- {source: db, target: all}\n"
    report = await here.take(text)
    assert told(report) == ["services.yaml:28: db -> all (dependency).target: must not close a circle: db -> all -> db"]
    report = await here.take(text, partial=True)
    assert (report.failed, report.added) == (1, 7)


async def test_settings_are_for_administrators(here: Program) -> None:
    report = await here.take(FILE, who=ANNA)
    assert [problem.field for problem in report.errors] == ["settings.security"]
    await here.take(FILE)
    assert "settings:" not in await here.export(who=ANNA)
    assert "idle_minutes: 60" in await here.export()
    assert told(await here.take(FILE, who=ANNA)) == []


async def test_who_may_what(here: Program) -> None:
    for who in (Identity.of_role("vic", VIEWER),):
        with pytest.raises(PermissionDenied):
            await here.export(who=who)
        with pytest.raises(PermissionDenied):
            await here.take(FILE, who=who)
    with pytest.raises(PermissionDenied, match="secret:export"):
        await here.export(passphrase=PASSPHRASE, who=ANNA)
    little = Identity("robot", "editor", frozenset({"config:apply"}))
    with pytest.raises(PermissionDenied, match="service:write"):
        await here.take(FILE, who=little)


async def test_each_is_one_line_of_the_audit_log_without_secrets(here: Program) -> None:
    await here.take(FILE)
    await here.take(FILE.replace("5432", "5433"), on_conflict="update")
    await here.export(passphrase=PASSPHRASE)
    async with here.database.read() as conn:
        lines = await read(conn, AuditFilter())
    assert [line.entry.action for line in lines] == ["config.export_secrets", "config.import", "config.import"]
    assert SECRET not in repr(lines)
    assert lines[1].entry.before == {"services": [{"name": "db", "status_config.port": 5432}]}
    assert lines[1].entry.after == {"services": [{"name": "db", "status_config.port": 5433}]}
    assert [each["service_id"] for each in lines[2].entry.after["services"]] == ["shop", "db", "nightly", "all"]


async def test_demo_stays_out_of_it(here: Program) -> None:
    await here.services.create_many(SYSTEM, [{"label": "Demo", "status_config": {"url": "http://a/"}}], is_demo=True)
    assert "Demo" not in await here.export()
    report = await here.take("services: {demo: {status_config: {url: 'http://b/'}}}", on_conflict="update")
    assert told(report) == ["services.yaml:1: demo.service_id: is a service of the demo: remove the demo first"]


async def test_wrong_relations_and_settings_are_told(here: Program) -> None:
    text = FILE + (
        "- {source: shop, target: shop}\n"
        "- {source: shop, target: nowhere}\n"
        '- {source: shop, target: db, relation_type: communication, note: "a\\nb"}\n'
    )
    report = await here.take(text.replace("idle_minutes: 60", "idle_minutes: 1"))
    assert [(problem.place.line, problem.field) for problem in report.errors] == [
        (28, "shop -> shop (dependency).target"),
        (29, "shop -> nowhere (dependency).target"),
        (30, "shop -> db (communication).note"),
        (2, "settings.security.idle_minutes"),
    ]
    for wrong in ("{security: 5}", "{security: {}, other: {}}"):
        report = await here.take(f"settings: {wrong}")
        assert told(report) == [
            "services.yaml:1: settings.security: must be an object with named fields, and the only settings"
        ]


async def test_composites_that_contain_each_other_are_left_out_with_all_that_hangs_on_them(here: Program) -> None:
    report = await here.take(
        "services:\n"
        "  a: {kind: composite, status_config: {members: b}}\n"
        "  b: {kind: composite, status_config: {members: a}}\n"
        "  c: {kind: composite, status_config: {members: 'b, web'}}\n"
        "  web: {status_config: {url: 'https://a/'}}\n"
        "relations:\n"
        "- {source: web, target: c, enabled: false}\n",
        partial=True,
    )
    assert (report.is_written, report.failed, set(await here.all())) == (True, 4, {"web"})
    assert any("must not contain or depend on itself" in line for line in told(report))


async def test_same_service_twice_and_doubtful_files(here: Program) -> None:
    table = "service_id,config.url\r\nweb,https://a/\r\nweb,https://b/\r\n"
    report = await here.take(table, "csv", partial=True)
    assert told(report) == ["services.csv:3: web.service_id: must be there once, stands at services.csv:2, too"]
    assert (await here.config("web")).url == "https://a/"
    report = await here.take("services: {x: {status_config: {url: 'https://a/'}}}\nstrange: 1\n", partial=True)
    assert (report.is_written, report.failed) == (False, 1), "what is wrong may concern all of it"


async def test_large_import_stands_in_the_audit_log_with_its_names(
    here: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor_app.use_cases.portable.importing.AUDITED_LIMIT", 1)
    services = {name: {"status_config": {"url": f"https://{name}.example/"}} for name in ("a", "b", "c")}
    await here.take(json.dumps({"services": services}), "json")
    async with here.database.read() as conn:
        (line,) = await read(conn, AuditFilter(action="config.import"))
    first, *others = line.entry.after["services"]
    assert (first["service_id"], first["kind"]) == ("a", "http")
    assert others == [{"name": "b"}, {"name": "c"}]


TREE = """\
groups:
  Shop:
    description: What earns the money
    rollup: {how: share, degraded_below: 90, failed_below: 40, weights: {web: 3}}
  Europe: {parent: Shop}
services:
  web: {kind: tcp, group: Europe, status_config: {host: db.example, port: 80}}
"""


async def test_tree_of_groups_travels_with_weights_by_service_id(here: Program, there: Program) -> None:
    # So that the same service has another number there.
    await there.take("services: {other: {kind: tcp, status_config: {host: db.example, port: 80}}}")
    await here.take(TREE)
    text = await here.export()
    assert "parent: Shop" in text
    assert told(await there.take(text)) == []
    assert (await there.export()).partition("services:")[0] == text.partition("services:")[0]
    assert (await there.take(text)).unchanged == 4
    changed = text.replace("parent: Shop", "parent: ''").replace("web: 3", "web: 4")
    report = await there.take(changed, on_conflict="update")
    fields = {step.name: list(step.fields) for step in report.steps}
    assert fields == {"Shop": ["rollup"], "Europe": ["parent"]}


async def test_circle_of_groups_is_refused_by_its_line(here: Program) -> None:
    report = await here.take(TREE.replace("description: What earns the money", "parent: Europe"))
    assert any("must not be in the group itself" in line for line in told(report))
    report = await here.take(TREE.replace("web: 3", "nobody: 3"))
    assert told(report) == [
        "services.yaml:2: groups.Shop.rollup.weights: must name services that exist: there is no nobody"
    ]
