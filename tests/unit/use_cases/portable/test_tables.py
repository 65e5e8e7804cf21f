"""Services and relations as CSV, out and in, and files that are none."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.portable.cells import as_csv, cell, plain, rows_of
from monitor_app.use_cases.portable.tables import read_csv, relations_csv, services_csv

KINDS = KindRegistry()
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
FORMULAS = st.sampled_from(
    ["=1+1", "+1", "-1", "@x", "\t=1", "'", "''", "'=x", "＝1", "\rx", '"', ",", ";", "a;b", "x\r\ny"]
)


@given(TEXT | FORMULAS)
def test_no_cell_begins_as_a_formula_does_and_all_come_back(text: str) -> None:
    assert not cell(text).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert plain(cell(text)) == text


@settings(max_examples=150)
@given(st.lists(st.lists(TEXT | FORMULAS, min_size=2, max_size=2), max_size=5))
def test_rows_come_back(rows: list[list[str]]) -> None:
    header = ["service_id", "label"]
    read = [[plain(text) for text in row] for _, row in rows_of(as_csv([header, *rows]))]
    assert read == [header, *[row for row in rows if any(row)]]


def test_services_have_a_column_for_each_field() -> None:
    config = {"url": "https://x/", "headers": {"X-A": "=1"}, "verify_tls": False, "deadline_seconds": 2.5}
    service = {"service_id": "shop", "label": "-Shop", "service_type": "website", "kind": "http", "group": ""}
    service |= {
        "environment": "staging",
        "tags": ["a", "b"],
        "interval_seconds": 60,
        "enabled": True,
        "status_config": config,
    }
    service |= {"metric_config": {"thresholds": []}}
    text = services_csv(
        [service, service | {"service_id": "db", "kind": "tcp", "status_config": {"port": 22}, "metric_config": {}}]
    )
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert (rows[0]["label"], rows[0]["tags"], rows[0]["config.verify_tls"]) == ("'-Shop", "a,b", "false")
    assert (rows[1]["config.port"], rows[1]["config.url"], rows[1]["metric_config"]) == ("22", "", "")
    document, problems = read_csv(text, "f.csv", KINDS)
    assert problems == []
    assert document.services[0].values["label"] == "-Shop"
    assert document.services[0].values["environment"] == "staging"
    assert document.services[0].values["status_config"] == {
        "deadline_seconds": "2.5",
        "headers": {"X-A": "=1"},
        "url": "https://x/",
        "verify_tls": "false",
    }
    assert document.services[1].place.line == 3


def test_relations_come_back() -> None:
    relation = {"source": "a", "target": "b", "relation_type": "data-flow", "enabled": False, "note": "=x,\ny"}
    document, problems = read_csv(relations_csv([relation]), "f.csv", KINDS)
    assert problems == []
    [entry] = document.relations
    assert (entry.key, entry.enabled, entry.note) == (("a", "b", "data-flow"), False, "=x,\ny")


def test_what_people_write_is_understood() -> None:
    text = "\ufefflabel;config.url;enabled\n\nShop;https://x/;yes\nShop;https://y/;\n"
    document, problems = read_csv(text.encode(), "f.csv", KINDS)
    assert problems == []
    assert [(entry.service_id, entry.place.line) for entry in document.services] == [("shop", 3), ("shop-2", 4)]
    document, _ = read_csv("source\ttarget\na\tb\n", "f.csv", KINDS)
    assert document.relations[0].key == ("a", "b", "dependency")


def test_wrong_rows_are_told_by_line() -> None:
    text = 'service_id,kind,config.headers\na,http,"{broken"\nb,http,,,too many\nc,http,\n'
    document, problems = read_csv(text, "f.csv", KINDS)
    assert [entry.service_id for entry in document.services] == ["c"]
    assert [(problem.place.line, problem.field) for problem in problems] == [(2, "a.headers"), (3, "")]
    _, problems = read_csv("source,target,enabled\na,b,perhaps\n", "f.csv", KINDS)
    assert str(problems[0]) == "f.csv:2: enabled: must be true or false, got 'perhaps'"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"a,b\n1,2\n", "must have a column service_id"),
        (b"source\na\n", "must have a column target"),
        (b"service_id,service_id\n", "each column once"),
        (b"service_id,colour\n", "must have columns of"),
        (b"service_id,config.\n", "must have columns of"),
        (b"service_id\n\xff\n", "must be UTF-8"),
        ("service_id\nä\n".encode("utf-16"), "must be UTF-8"),
        (b"service_id\na\0b\n", "must have no NUL"),
        (b'service_id\n"never ends', "is not CSV"),
        (b'service_id\n"a"b\n', "is not CSV"),
        (b"service_id" + b",config.x" * 100_000, "must have at most 500 columns"),
        (b"service_id\n" + b"," * 100_000, "must have at most 500 columns"),
        (b"service_id\n" + b"x" * 2_000_000, "lines of at most"),
        (b'service_id\n"' + b"x\n" * 200_000 + b'"', "is not CSV"),
        (b"service_id\n" + b"a\n" * 20_001, "must have at most 20000 rows"),
        (b"x" * (10 * 1024 * 1024 + 1), "must have at most"),
        (b"PK\x03\x04" + b"\0" * 100, "must have no NUL"),
    ],
)
def test_what_is_no_such_file_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        read_csv(data, "f.csv", KINDS)


def test_deep_and_endless_json_in_a_cell_is_one_wrong_row() -> None:
    deep = "{" * 100_000
    text = as_csv([["service_id", "config.headers"], ["a", deep], ["b", json.dumps({"X": "y"})]])
    document, problems = read_csv(text, "f.csv", KINDS)
    assert [entry.service_id for entry in document.services] == ["b"]
    assert [problem.field for problem in problems] == ["a.headers"]


@pytest.mark.parametrize("value", ['{"X-A": "\\ud800"}', '{"X-A": "\\u0000"}', '{"X-A": NaN}', '{"a": "1", "a": "2"}'])
def test_objects_in_cells_hold_nothing_that_databases_refuse(value: str) -> None:
    data = as_csv([["service_id", "config.url", "config.headers"], ["shop", "https://x.example/", value]])
    document, problems = read_csv(data, "f.csv", KINDS)
    assert document.services == ()
    assert [problem.field for problem in problems] == ["shop.headers"]
