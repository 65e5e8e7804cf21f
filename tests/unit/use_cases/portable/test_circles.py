"""Imports that would close circles: which of their links are refused, and how long it takes to find out."""

import time

from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.permissions import COMMAND_LINE
from monitor_app.use_cases.portable.plan import Plan, Present
from monitor_app.use_cases.portable.planning import planned
from monitor_app.use_cases.portable.reading import read_file
from monitor_app.use_cases.portable.report import Options

KINDS = KindRegistry()
HEAD = "defaults: {kind: tcp, status_config: {host: a.example, port: 1}}\nservices:\n"


def plan(count: int, links: list[tuple[int, int]]) -> Plan:
    services = "".join(f"  s{number}: {{}}\n" for number in range(count))
    relations = "".join(f"  - {{source: s{source}, target: s{target}}}\n" for source, target in links)
    file = read_file(f"{HEAD}{services}relations:\n{relations}", "yaml", "f.yaml", KINDS)
    present = Present({}, {}, {}, SecuritySettings(), 0)
    return planned(KINDS, COMMAND_LINE, Options(is_partial=True), present, file, lambda what, done, total: None)


def test_link_that_closes_a_circle_is_refused_and_all_others_are_taken() -> None:
    made = plan(6, [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 0)])
    taken = [(step.entry.source, step.entry.target) for step in made.relations]
    assert taken == [("s0", "s1"), ("s1", "s2"), ("s2", "s3"), ("s3", "s4"), ("s5", "s0")]
    assert [problem.text for problem in made.problems] == [
        "must not close a circle: s2 -> s0 -> s1 -> s2",
        "must not close a circle: s4 -> s3 -> s4",
    ]


def test_one_circle_costs_nothing_for_all_others() -> None:
    chain = [(number, number + 1) for number in range(3000, 2, -1)]
    made = plan(3002, [*chain, (0, 1), (1, 0)])
    assert len(made.relations) == len(chain) + 1
    assert len(made.problems) == 1


def test_large_tangle_is_refused_without_looking_at_each_link() -> None:
    before = time.process_time()
    made = plan(4000, [*((number, number + 1) for number in range(3998, -1, -1)), (3999, 0)])
    assert len(made.problems) == 3000
    assert made.problems[-1].text.startswith("must not close a circle: s3999 is among more than 1000 links")
    assert time.process_time() - before < 20
