"""The map, the parts of it, and the map as text."""

import time

from monitor_app.domain.impact import Composite
from monitor_app.domain.map_text import dot, mermaid
from monitor_app.domain.relation import COMMUNICATION, DATA_FLOW, DEPENDENCY
from monitor_app.domain.service_map import MEMBER, MapEdge, MapFilter, MapNode, ServiceMap
from monitor_app.domain.status import Status


def node(pk: int, label: str, group: str = "", tags: tuple[str, ...] = (), environment: str = "") -> MapNode:
    return MapNode(pk, label.casefold(), label, "website", group, tags, environment, "ada")


SHOP = ServiceMap(
    (
        node(1, "Api", "shop", ("critical",), "live"),
        node(2, "Db", "platform", ("critical",)),
        node(3, "Mail"),
        node(4, "Pool", "shop"),
    ),
    (
        MapEdge(7, 1, 2, DEPENDENCY, enabled=True),
        MapEdge(8, 1, 3, COMMUNICATION, enabled=True),
        MapEdge(9, 3, 2, DEPENDENCY, enabled=False),
        MapEdge(10, 3, 4, DATA_FLOW, enabled=True),
        MapEdge(0, 4, 1, MEMBER, enabled=True),
    ),
    {4: Composite((1,), lambda count: count)},
)
STATUSES = {1: Status.OK, 2: Status.FAILED, 3: Status.OK, 4: Status.DEGRADED}


def test_failures_follow_enabled_dependencies_and_members_only() -> None:
    assert SHOP.dependencies() == {1: [2], 4: [1]}
    assert SHOP.relied_on() == {1: [2]}


def test_part_holds_the_wanted_services_and_what_is_between_them() -> None:
    shop = SHOP.only(MapFilter(groups=frozenset({"shop"})), STATUSES)
    assert [each.pk for each in shop.nodes] == [1, 4]
    assert [(each.source_pk, each.target_pk) for each in shop.edges] == [(4, 1)]
    assert [each.pk for each in SHOP.only(MapFilter(tags=frozenset({"critical", "none"})), STATUSES).nodes] == [1, 2]
    assert [each.pk for each in SHOP.only(MapFilter(environments=frozenset({"live"})), STATUSES).nodes] == [1]
    assert [each.pk for each in SHOP.only(MapFilter(statuses=frozenset({Status.FAILED})), STATUSES).nodes] == [2]
    talks = SHOP.only(MapFilter(types=frozenset({COMMUNICATION})), STATUSES)
    assert [each.relation_id for each in talks.edges] == [8]
    assert SHOP.only(MapFilter(), STATUSES) == SHOP


def test_groups_are_those_of_its_services() -> None:
    assert SHOP.groups() == ["platform", "shop"]


def test_mermaid_has_groups_labels_statuses_and_types() -> None:
    assert mermaid(SHOP, STATUSES).splitlines() == [
        "flowchart LR",
        '  s3["Mail#58; Up"]',
        '  subgraph g1["platform"]',
        '    s2["Db#58; Down"]',
        "  end",
        '  subgraph g2["shop"]',
        '    s1["Api#58; Up"]',
        '    s4["Pool#58; Degraded"]',
        "  end",
        "  s1 -->|dependency| s2",
        "  s1 -.->|communication| s3",
        "  s3 -->|dependency, disabled| s2",
        "  s3 ==>|data-flow| s4",
        "  s4 --o|member| s1",
    ]


def test_dot_has_groups_labels_statuses_and_types() -> None:
    text = dot(SHOP, STATUSES)
    assert text.startswith("digraph services {\n")
    assert text.endswith("}\n")
    assert '  subgraph cluster_1 {\n    label="platform";\n    s2 [label="Db: Down"];\n  }\n' in text
    assert '  s3 -> s2 [label="dependency, disabled", style=solid, color=gray];\n' in text
    assert '  s1 -> s3 [label="communication", style=dashed];\n' in text


def test_groups_in_groups_are_drawn_in_them() -> None:
    europe = ServiceMap((node(1, "Web", "Europe"), node(2, "Till", "Shop")), paths={"Europe": ("Shop", "Europe")})
    assert [europe.path(name) for name in ("Europe", "Shop", "")] == [("Shop", "Europe"), ("Shop",), ()]
    assert mermaid(europe, {}).splitlines()[1:] == [
        '  subgraph g1["Shop"]',
        '    s2["Till#58; Unknown"]',
        '    subgraph g2["Europe"]',
        '      s1["Web#58; Unknown"]',
        "    end",
        "  end",
    ]
    assert dot(europe, {}).count("{") == 3


def test_no_label_can_break_out_of_its_quotes() -> None:
    evil = ServiceMap((node(1, 'a"] --> b; click s1 "javascript:x"\n%%{init}%%\\', 'g"]\nend'),))
    drawn = mermaid(evil, {})
    assert drawn.count("\n") == 4
    assert drawn.count('"') == 4
    assert "-->" not in drawn
    assert "%%" not in drawn
    quoted = dot(evil, {})
    assert '\\"] --> b; click s1 \\"javascript:x\\" %%{init}%%\\\\: Unknown"];' in quoted
    assert quoted.count("\n") == 8


def test_map_of_thousands_of_groups_is_written_quickly() -> None:
    many = ServiceMap(tuple(node(number, f"s{number}", f"g{number // 2}") for number in range(10_000)))
    started = time.process_time()
    for write in (mermaid, dot):
        assert write(many, {}).count("subgraph") == 5000
    assert time.process_time() - started < 5
