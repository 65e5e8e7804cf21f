"""Applying configuration files, on SQLite and PostgreSQL: all of it or nothing, again without a change, and drift."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from monitor_app.bus.local import Bus
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.clock import SystemClock
from monitor_app.errors import Busy, InvalidInput, PermissionDenied
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import COMMAND_LINE, EDITOR, VIEWER, Identity
from monitor_app.security.vault import Vault, new_key
from monitor_app.storage import audit
from monitor_app.storage import groups as group_table
from monitor_app.storage import relations as relation_table
from monitor_app.storage import services as service_table
from monitor_app.storage.database import Database
from monitor_app.use_cases.configuration.apply import ConfigurationUseCases
from monitor_app.use_cases.configuration.document import ConfigFileError, Document
from monitor_app.use_cases.configuration.drafting import Options
from monitor_app.use_cases.configuration.drift_list import Drifted
from monitor_app.use_cases.configuration.plan import Plan
from monitor_app.use_cases.configuration.reading import read_document
from monitor_app.use_cases.configuration.substitution import Substitution
from monitor_app.use_cases.drift import drifted
from monitor_app.use_cases.services import ServiceUseCases
from tests.samples import add_services

ADA = Identity.of_role("ada", EDITOR)
FILE = """\
services:
  web:
    label: Shop
    group: Shop
    tags: [front]
    status_config:
      url: https://shop.example.org
      headers: {Authorization: "Bearer ${TOKEN}", X-Team: shop}
    metric_config: {}
    interval_seconds: 30
  db: {kind: tcp, status_config: {host: db.example.org, port: 5432}}
  nightly: {kind: push, status_config: {period_seconds: 86400}}
relations:
  - {source: web, target: db, note: orders}
groups:
  Shop: {description: what people see}
"""
TOKEN = "canary-token-51842"


def document(text: str = FILE, name: str = "services.yaml", **variables: str) -> Document:
    return read_document(text, "yaml", name, substitution=Substitution({"TOKEN": TOKEN, **variables}))


class Bench:
    """The use cases over one database, and what is in there."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.registry = KindRegistry(sealer=Vault([new_key()]))
        self.bus = Bus()
        self.configuration = ConfigurationUseCases(database, self.registry, SystemClock(), self.bus)
        self.use_cases = ServiceUseCases(database, self.registry, SystemClock(), self.bus)

    async def apply(self, *texts: str | Document, identity: Identity = COMMAND_LINE, **options: Any) -> Plan:
        documents = [document(text) if isinstance(text, str) else text for text in texts]
        return await self.configuration.apply(identity, documents, Options(**options))

    async def plan(self, text: str, **options: Any) -> Plan:
        return await self.configuration.plan(COMMAND_LINE, [document(text)], Options(**options))

    async def refusal(self, *texts: str | Document, **options: Any) -> list[str]:
        """Why it is not applied; nothing has changed then."""
        before = await self.everything()
        with pytest.raises(ConfigFileError) as caught:
            await self.apply(*texts, **options)
        assert await self.everything() == before
        return str(caught.value).splitlines()

    async def services(self) -> dict[str, ServiceDefinition]:
        async with self.database.read() as conn:
            return {each.service_id: each for each in await service_table.load_services(conn)}

    async def relations(self) -> list[Relation]:
        async with self.database.read() as conn:
            return await relation_table.load_relations(conn)

    async def groups(self) -> dict[str, str]:
        async with self.database.read() as conn:
            return {each.name: each.description for each in await group_table.load_groups(conn)}

    async def everything(self) -> tuple[Any, ...]:
        async with self.database.read() as conn:
            revision, last = await service_table.service_revision(conn), await audit.last_id(conn)
        return await self.services(), await self.relations(), await self.groups(), revision, last

    async def last_line(self) -> audit.AuditLine:
        async with self.database.read() as conn:
            return (await audit.read(conn, audit.AuditFilter(), limit=1))[0]

    async def change(self, service_id: str, values: Mapping[str, Any]) -> None:
        """As somebody does it on the screen."""
        await self.use_cases.update(ADA, service_id, values, expected_revision=None)


@pytest.fixture
def bench(database: Database) -> Bench:
    """An empty database."""
    return Bench(database)


def fields(plan: Plan) -> dict[str, list[str]]:
    """The changed fields by object."""
    return {change.name: [field.text for field in change.fields] for change in plan.changes}


async def test_all_of_a_file_is_applied(bench: Bench) -> None:
    plan = await bench.apply(FILE)

    services, (relation,) = await bench.services(), await bench.relations()
    web, db = services["web"], services["db"]
    assert plan.summary(is_done=True) == "5 added, 0 unchanged"
    assert (web.label, web.group, web.tags, web.interval_seconds, web.owner) == (
        "Shop", "Shop", ("front",), 30, "command line",
    )  # fmt: skip
    assert {each.managed_by for each in services.values()} == {"services.yaml"}
    assert (relation.source_pk, relation.target_pk, relation.note) == (web.pk, db.pk, "orders")
    assert relation.managed_by == "services.yaml"
    assert await bench.groups() == {"Shop": "what people see"}
    assert all(drifted(each) == () for each in services.values())
    assert await bench.configuration.drift(ADA) == []
    assert bench.registry["http"].parse(web.status_config).headers["Authorization"] == f"Bearer {TOKEN}"


async def test_second_time_nothing_is_changed(bench: Bench) -> None:
    await bench.apply(FILE)
    before = await bench.everything()

    plan = await bench.apply(FILE)

    assert plan.summary() == "nothing to change, 5 unchanged"
    assert list(plan.lines()) == []
    assert await bench.everything() == before  # no revision, no line of the audit log, and the push token is the same


async def test_changes_are_told_field_by_field(bench: Bench) -> None:
    await bench.apply(FILE)
    text = FILE.replace("label: Shop", "label: Store").replace("X-Team: shop", "X-Team: store")
    text = text.replace("port: 5432", "port: 5433, deadline_seconds: 3").replace("note: orders", "enabled: false")
    text = text.replace("what people see", "all of it").replace("interval_seconds: 30", "enabled: false")

    plan = await bench.apply(text)

    assert fields(plan) == {
        "web": [
            'label: "Shop" -> "Store"',
            "status_config.headers: changed",  # one of them came from outside
            "interval_seconds: 30 -> 60",
            "enabled: true -> false",
        ],
        "db": [
            'label: "db.example.org:5432" -> "db.example.org:5433"',
            "status_config.deadline_seconds: nothing -> 3.0",
            "status_config.port: 5432 -> 5433",
        ],
        "web -> db (dependency)": ["enabled: true -> false", 'note: "orders" -> ""'],
        "Shop": ['description: "what people see" -> "all of it"'],
    }
    assert (await bench.services())["web"].enabled is False
    assert (await bench.relations())[0].enabled is False
    assert (await bench.apply(text)).summary() == "nothing to change, 5 unchanged"


async def test_changed_secret_is_told_without_it(bench: Bench) -> None:
    await bench.apply(FILE)

    plan = await bench.configuration.apply(COMMAND_LINE, [document(TOKEN="canary-other-7312")])

    assert fields(plan) == {"web": ["status_config.headers: changed"]}
    line = await bench.last_line()
    told = f"{list(plan.lines())} {plan.document()} {line}"
    assert "canary" not in told
    web = (await bench.services())["web"]
    assert bench.registry["http"].parse(web.status_config).headers["Authorization"] == "Bearer canary-other-7312"


async def test_masked_secret_stays_what_it_is(bench: Bench) -> None:
    await bench.apply(FILE)
    masked = FILE.replace('"Bearer ${TOKEN}"', '"***"')

    assert (await bench.apply(masked)).summary() == "nothing to change, 5 unchanged"
    assert (await bench.refusal(masked.replace("web", "web2").replace("shop.", "x.")))[0].endswith("is set")


async def test_value_from_outside_is_in_no_plan_and_no_log(bench: Bench) -> None:
    text = 'services: {web: {status_config: {url: "https://x.example.org/${TOKEN}"}}}'

    plan = await bench.apply(text)

    (change,) = plan.changes
    assert {field.name for field in change.fields if field.is_secret} == {"label", "status_config.url"}
    assert change.note == "http"
    assert TOKEN not in f"{list(plan.lines())} {plan.document()} {await bench.last_line()}"


async def test_error_repeats_no_value_from_outside(bench: Bench) -> None:
    text = 'services: {db: {kind: tcp, group: ok, status_config: {host: "${TOKEN}", port: "${TOKEN}"}}}'

    assert await bench.refusal(text) == ["services.yaml:1: db.port: must be a whole number, got '***'"]


async def test_one_bad_service_at_the_end_leaves_all_as_it_was(bench: Bench) -> None:
    many = "".join(f"  s{n}: {{kind: tcp, status_config: {{host: h, port: {n + 1}}}}}\n" for n in range(50))
    last = "  last: {kind: tcp, status_config: {host: h, port: 70000, deadline_second: 1}}\n"

    assert await bench.refusal(f"services:\n{many}{last}") == [
        "services.yaml:52: last.port: must be at most 65535, got 70000",
        "services.yaml:52: last.deadline_second: is not a field of this kind (tcp): did you mean deadline_seconds?",
    ]


async def test_failure_while_writing_takes_all_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.apply(FILE)
    before = await bench.everything()

    async def refuse(*_: Any) -> None:
        raise InvalidInput({"disk": "is full"})

    monkeypatch.setattr(group_table, "insert_groups", refuse)
    text = FILE.replace("label: Shop", "label: Store") + "  New: {}\n"
    with pytest.raises(InvalidInput, match="is full"):
        await bench.apply(text.replace("db: {kind", "db2: {kind").replace("target: db", "target: db2"), prune=True)

    assert await bench.everything() == before


async def test_what_is_gone_from_the_file_goes_only_when_asked_to(bench: Bench) -> None:
    await bench.apply(FILE)
    rest = "services:\n" + FILE.split("services:\n")[1].split("  db:")[0]

    kept = await bench.apply(rest)
    assert kept.kept == ("service db", "service nightly", "relation web -> db (dependency)", "group Shop")
    assert kept.summary() == "nothing to change, 1 unchanged"

    plan = await bench.apply(rest, prune=True)
    assert plan.summary(is_done=True) == "4 removed, 1 unchanged"
    assert set(await bench.services()) == {"web"}
    assert (await bench.relations(), await bench.groups()) == ([], {})


async def test_only_what_the_file_made_is_removed(bench: Bench) -> None:
    await add_services(bench.database, "by-hand")
    await bench.apply("services: {other: {status_config: {url: http://x.org}}}")
    await bench.apply(document("services: {}", "nothing.yaml"), prune=True)

    assert set(await bench.services()) == {"by-hand", "other"}


async def test_careful_pruning_stops_at_the_half(bench: Bench) -> None:
    names = [f"s{number}" for number in range(4)]

    def text(*wanted: str) -> str:
        return "services:\n" + "".join(f"  {name}: {{status_config: {{url: http://x.org}}}}\n" for name in wanted)

    await bench.apply(text(*names))

    plan = await bench.apply(text("s0"), prune=True, is_careful=True)
    assert "3 of 4 objects would be removed" in plan.warning
    assert len(await bench.services()) == 4

    await bench.apply(text("s0", "s1"), prune=True, is_careful=True)
    assert set(await bench.services()) == {"s0", "s1"}


async def test_what_people_made_is_taken_over_only_when_asked_to(bench: Bench) -> None:
    made = await bench.use_cases.create(ADA, {"service_id": "web", "status_config": {"url": "https://old.example.org"}})

    (refusal, *_) = await bench.refusal(FILE)
    assert refusal == (
        "services.yaml:2: web: there is such a service already, made by ada: say adopt to have this file take it over"
    )

    plan = await bench.apply(FILE, adopt=True)
    web = (await bench.services())["web"]
    assert [change.action for change in plan.changes if change.name == "web"] == ["adopt"]
    assert (web.pk, web.managed_by, web.owner) == (made.pk, "services.yaml", "ada")


async def test_files_of_one_apply_may_hand_things_over(bench: Bench) -> None:
    one, two = document(FILE, "conf/one.yaml"), document("services: {}", "conf/two.yaml")
    await bench.apply(one, two)

    plan = await bench.apply(replace(one, services=one.services[1:]), replace(two, services=one.services[:1]))

    assert [(change.name, change.note) for change in plan.changes] == [("web", "comes from conf/one.yaml")]
    assert (await bench.services())["web"].managed_by == "conf/two.yaml"


async def test_object_in_two_files_is_refused(bench: Bench) -> None:
    refusal = await bench.refusal(document(FILE, "one.yaml"), document(FILE, "two.yaml"))

    assert refusal[0] == "two.yaml:2: web: this service is in another file, too: one.yaml:2"
    assert len(refusal) == 5


async def test_removed_file_of_a_folder_is_pruned(bench: Bench) -> None:
    await bench.apply(document(FILE, "conf/one.yaml"), document("groups: {G: {}}", "conf/two.yaml"))

    await bench.apply(document(FILE, "conf/one.yaml"), prune=True, folders=frozenset({"conf"}))

    assert set(await bench.groups()) == {"Shop"}


async def test_circle_is_refused_with_its_way(bench: Bench) -> None:
    circle = FILE.replace("note: orders}", "note: orders}\n  - {source: db, target: web, relation_type: data-flow}")

    assert await bench.refusal(circle) == [
        "services.yaml:14: web -> db (dependency): must not close a circle: web -> db -> web"
    ]


async def test_circle_through_what_is_there_already_is_refused(bench: Bench) -> None:
    await bench.apply(FILE)
    other = """\
services:
  all: {kind: composite, status_config: {members: "web"}}
relations:
  - {source: db, target: all}
"""
    (refusal,) = await bench.refusal(document(other, "other.yaml"))

    assert refusal.startswith("other.yaml:4: db -> all (dependency): must not close a circle: ")


async def test_what_does_not_exist_cannot_be_related(bench: Bench) -> None:
    text = "services: {all: {kind: composite, status_config: {members: gone}}}\n"
    text += "relations: [{source: all, target: nobody}, {source: all, target: all, relation_type: data-flow}]\n"

    assert await bench.refusal(text) == [
        "services.yaml:1: all.members: must be services that exist: there is no gone",
        "services.yaml:2: all -> nobody (dependency).target: there is no service nobody",
        "services.yaml:2: all -> all (data-flow).target: must be another service than the source",
    ]


async def test_member_that_is_gone_may_stay(bench: Bench) -> None:
    both = FILE.replace("  nightly:", "  all: {kind: composite, status_config: {members: 'web, db'}}\n  nightly:")
    await bench.apply(both)
    without = FILE.replace("  db: {", "  db2: {").replace("target: db", "target: db2")
    without = without.replace("  nightly:", "  all: {kind: composite, status_config: {members: 'web, db'}}\n  nightly:")

    assert (await bench.apply(without, prune=True)).counts["remove"] == 2
    many = ", ".join(f"gone{number}" for number in range(7))
    refusal = await bench.refusal(without.replace("'web, db'", f"'db, {many}'"))
    assert refusal == [
        "services.yaml:12: all.members: must be services that exist: there is no gone0, gone1, gone2, gone3, gone4 "
        "and 2 more"
    ]


async def test_secrets_that_cannot_be_read_any_more_are_set_anew(bench: Bench) -> None:
    await bench.apply(FILE)
    other = Bench(bench.database)  # with another key

    assert fields(await other.apply(FILE)) == {
        "web": ["status_config.headers: changed"],
        "nightly": ["status_config.token: changed"],
    }
    assert (await other.apply(FILE)).changes == ()


async def test_relation_to_what_is_removed_is_refused(bench: Bench) -> None:
    await bench.apply(FILE)
    without = "\n".join(line for line in FILE.splitlines() if not line.startswith("  db:"))

    assert await bench.refusal(without, prune=True) == [
        "services.yaml:13: web -> db (dependency).target: there is no service db"
    ]


async def test_unknown_kind_and_settings_are_refused(bench: Bench) -> None:
    text = "settings: {security: {}}\ndefaults: {kinds: {htp: {}}}\nservices: {web: {kind: htp}}\n"

    refusal = await bench.refusal(text)

    assert refusal[0] == (
        "services.yaml:1: settings: are not applied from a file: import them, or change them under Admin, Security"
    )
    assert [re.split(": (?:kind )?must", line)[0] for line in refusal[1:]] == [
        "services.yaml:2: defaults.kinds.htp",
        "services.yaml:3: web.kind",
    ]


async def test_drift_is_shown_and_put_back(bench: Bench) -> None:
    await bench.apply(FILE)
    await bench.change("web", {"label": "Mine", "interval_seconds": 60})
    async with bench.database.write() as conn:
        await relation_table.update_relation(conn, (await bench.relations())[0].pk, {"note": "mine"})
        groups = await group_table.load_groups(conn)
        await group_table.update_groups(conn, [(groups[0].pk, {"description": "mine"})])

    assert await bench.configuration.drift(ADA) == [
        Drifted("service", "web", "services.yaml", ("label", "interval_seconds")),
        Drifted("relation", "web -> db (dependency)", "services.yaml", ("note",)),
        Drifted("group", "Shop", "services.yaml", ("description",)),
    ]
    assert fields(await bench.plan(FILE)) == {
        "web": [
            'label: "Mine" -> "Shop" (changed on screen since)',
            "interval_seconds: 60 -> 30 (changed on screen since)",
        ],
        "web -> db (dependency)": ['note: "mine" -> "orders" (changed on screen since)'],
        "Shop": ['description: "mine" -> "what people see" (changed on screen since)'],
    }
    await bench.apply(FILE)
    assert (await bench.services())["web"].label == "Shop"
    assert await bench.configuration.drift(ADA) == []


async def test_file_that_catches_up_ends_the_drift(bench: Bench) -> None:
    await bench.apply(FILE)
    await bench.change("web", {"label": "Mine"})

    plan = await bench.apply(FILE.replace("label: Shop", "label: Mine"))

    assert list(plan.lines()) == ["~ service web (services.yaml:2): is so already"]
    assert await bench.configuration.drift(ADA) == []


async def test_one_line_of_the_audit_log_tells_all(bench: Bench) -> None:
    await bench.apply(FILE)
    plan = await bench.apply(FILE.replace("label: Shop", "label: Store").split("groups:")[0], prune=True)

    line = (await bench.last_line()).entry
    assert plan.summary() == "1 to change, 1 to remove, 3 unchanged"
    assert (line.who, line.action, line.target_type, line.target) == (
        "command line", "configuration.apply", "configuration", "services.yaml",
    )  # fmt: skip
    assert line.before == [
        {"action": "change", "service": "web", "label": "Shop"},
        {"action": "remove", "group": "Shop"},
    ]
    assert line.after == [{"action": "change", "service": "web", "label": "Store"}]


async def test_who_may_not_apply_is_refused(bench: Bench) -> None:
    with pytest.raises(PermissionDenied):
        await bench.apply(FILE, identity=Identity.of_role("vic", VIEWER))
    little = replace(ADA, permissions=ADA.permissions - {"relation:write"})
    with pytest.raises(PermissionDenied, match="relation:write"):
        await bench.apply(FILE, identity=little)
    await bench.apply(FILE)
    with pytest.raises(PermissionDenied, match="may not delete what others made"):
        await bench.apply("services: {}", identity=ADA, prune=True)
    assert len(await bench.services()) == 3


async def test_others_who_change_something_meanwhile_are_not_overwritten(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.apply(FILE)
    drafting, others = bench.configuration._draft, iter(["Somebody", "Sombody else"])

    async def overtaken(*args: Any) -> Any:
        made = await drafting(*args)
        if label := next(others, ""):
            await bench.change("web", {"label": label})
        return made

    monkeypatch.setattr(bench.configuration, "_draft", overtaken)
    await bench.apply(FILE.replace("label: Shop", "label: Store"))
    line = (await bench.last_line()).entry
    assert line.before == [{"action": "change", "service": "web", "label": "Sombody else"}]

    others = iter(str(number) for number in range(100))
    with pytest.raises(Busy):
        await bench.apply(FILE)


TREE = """\
groups:
  Shop:
    rollup: {how: share, failed_below: 40, weights: {web: 3}}
  Europe: {parent: Shop}
services:
  web: {kind: tcp, group: Europe, status_config: {host: db.example, port: 80}}
"""


async def test_groups_of_a_file_stand_in_their_tree(bench: Bench) -> None:
    await bench.apply(TREE)
    pk = (await bench.services())["web"].pk
    async with bench.database.read() as conn:
        rows = {each.name: each for each in await group_table.load_groups(conn)}
    assert rows["Europe"].parent == "Shop"
    assert rows["Shop"].rollup == {"how": "share", "degraded_below": 100, "failed_below": 40, "weights": {str(pk): 3}}
    assert (await bench.apply(TREE)).changes == ()
    changed = await bench.apply(TREE.replace("web: 3", "web: 5").replace("parent: Shop", "parent: ''"))
    assert fields(changed) == {
        "Shop": ['rollup.weights: {"web": 3} -> {"web": 5}'],
        "Europe": ['parent: "Shop" -> ""'],
    }
    assert await bench.configuration.drift(COMMAND_LINE) == []
    assert await bench.refusal(TREE.replace("weights: {web: 3}", "weights: {nobody: 3}")) == [
        "services.yaml:2: Shop.rollup.weights: must name services that exist: there is no nobody"
    ]
    async with bench.database.write() as conn:
        await group_table.update_groups(conn, [(rows["Europe"].pk, {"parent": "Elsewhere"})])
    drifted = await bench.configuration.drift(COMMAND_LINE)
    assert [(each.name, each.fields) for each in drifted] == [("Europe", ("parent",))]
