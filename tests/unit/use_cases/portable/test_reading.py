"""Files to be imported: which entries what is wrong is about."""

import json
import time

from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.portable.reading import ReadFile, read_file

KINDS = KindRegistry()


def read(**parts: object) -> ReadFile:
    return read_file(json.dumps(parts), "json", "file.json", KINDS)


def test_problems_belong_to_their_entries() -> None:
    wrong = {"x": 1}
    groups = {"a": {}, "a.b": wrong, "a.b.c": {}, "z" * 80: wrong, "q" * 200: {}}
    file = read(services={"web": wrong, "UP": {}}, relations=[1], groups=groups)
    cut = repr("q" * 80)
    assert file.failed == {
        ("service", "web"), ("service", "UP"), ("relation", "1"), ("group", "a.b"), ("group", "z" * 80), ("group", cut),
    }  # fmt: skip
    assert not file.is_doubtful
    assert [group.name for group in file.document.groups] == ["a", "a.b", "a.b.c", "z" * 80]


def test_what_may_be_about_everything_is_doubtful() -> None:
    assert read(services={"groups": {"x": 1}}).is_doubtful
    assert read(other=1).is_doubtful


def test_many_wrong_services_are_read_as_quickly_as_many_good_ones() -> None:
    before = time.process_time()
    file = read(services={f"s{number}": {"x": 1} for number in range(20_000)})
    assert len(file.failed) == 20_000
    assert time.process_time() - before < 20


def test_long_names_of_fields_take_no_time() -> None:
    before = time.process_time()
    read(groups={"a": {"." * 500_000: 1}})
    assert time.process_time() - before < 5
