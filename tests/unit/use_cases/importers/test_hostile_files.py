"""Files that are made to hurt: small ones that stand for much, patterns that run long, values of odd types."""

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.importers.gatus.conditions import parsed
from monitor_app.use_cases.importers.sources import Importer, read_path, read_sent

KINDS = KindRegistry()
LONG = 200_000
ODD: list[Any] = [None, True, 0, -1, "", "²", [], [[]], [{}], {}, {"a": 1}]
PROBE = {"metrics_path": "/probe", "static_configs": [{"targets": ["http://a.example"]}]}


def sent(importer: Importer, document: Any) -> None:
    read_sent(importer, json.dumps(document).encode(), "file", KINDS)


def test_condition_of_blanks_is_taken_apart_at_once() -> None:
    before = time.process_time()
    assert parsed("a" + " " * LONG + "x") is None
    condition = parsed("[BODY] " + " " * LONG + "== a <= b")
    assert condition is not None
    assert (condition.left, condition.operator, condition.right) == ("[BODY]", "==", "a <= b")
    assert time.process_time() - before < 5


@pytest.mark.parametrize(("text", "parts"), [("==1", None), ("a==", ("a", "==", "")), ("a>=1", ("a", ">=", "1"))])
def test_condition_has_something_before_its_operator(text: str, parts: tuple[str, str, str] | None) -> None:
    found = parsed(text)
    assert (None if found is None else (found.left, found.operator, found.right)) == parts


def kuma(path: Path, columns: str, count: int) -> Path:
    with sqlite3.connect(path) as conn:
        conn.execute(f"CREATE TABLE monitor (id INTEGER PRIMARY KEY, name TEXT, type TEXT, {columns})")
        conn.executemany("INSERT INTO monitor (name, type) VALUES (?, ?)", [("a", "push")] * count)
    conn.close()
    return path


def test_small_database_that_stands_for_much_is_refused(tmp_path: Path) -> None:
    computed = "big TEXT GENERATED ALWAYS AS (printf('%.1000000c', 'x')) VIRTUAL"
    path = kuma(tmp_path / "kuma.db", computed, 200)
    assert path.stat().st_size < 100_000
    with pytest.raises(InvalidInput, match="at most 64 MiB"):
        read_path("uptime-kuma", path, KINDS)


def test_database_with_more_columns_than_any_real_one_is_refused(tmp_path: Path) -> None:
    path = kuma(tmp_path / "kuma.db", ", ".join(f"c{number}" for number in range(500)), 1)
    with pytest.raises(InvalidInput, match="too many columns"):
        read_path("uptime-kuma", path, KINDS)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("field", ["id", "parent", "proxy_id", "http_body_encoding", "auth_method", "tags", "headers"])
def test_monitor_with_an_odd_value(field: str, odd: Any) -> None:
    monitor = {"id": 1, "name": "a", "type": "http", "url": "http://a.example/", "method": "POST", "body": "x"}
    sent("uptime-kuma", {"monitorList": [monitor | {field: odd}], "proxyList": [{"id": 1}]})


@pytest.mark.parametrize("odd", ODD)
def test_odd_lists_beside_the_monitors(odd: Any) -> None:
    sent("uptime-kuma", {"monitorList": [], "proxyList": odd, "notificationList": odd})


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("field", ["target_label", "action", "regex"])
def test_relabelling_with_an_odd_value(field: str, odd: Any) -> None:
    sent("blackbox", {"scrape_configs": [PROBE | {"relabel_configs": [{field: odd}]}]})


def test_headers_with_what_databases_refuse_are_not_taken() -> None:
    monitor = {"id": 1, "name": "a", "type": "http", "url": "http://a.example/", "headers": '{"X-A": "\\ud800"}'}
    found = read_sent("uptime-kuma", json.dumps({"monitorList": [monitor]}).encode(), "file", KINDS)
    (entry,) = found.file.document.services
    assert "headers" not in entry.values["status_config"]
    assert entry.values["enabled"] is False


def test_small_file_that_makes_large_services_is_refused() -> None:
    module = {"prober": "http", "http": {"method": "POST", "body": "x" * 60_000}}
    modules = json.dumps({"modules": {"http_2xx": module}}).encode()
    targets = [{"targets": [f"http://h{number}.example" for number in range(1500)]}]
    with pytest.raises(InvalidInput, match="at most 64 MiB"):
        read_sent("blackbox", json.dumps(targets).encode(), "file", KINDS, modules)


def test_many_labels_or_options_are_not_given_to_each_of_many_targets() -> None:
    targets = [f"http://h{number}.example" for number in range(20_000)]
    before = time.process_time()
    with pytest.raises(InvalidInput, match="at most 100 labels"):
        sent("blackbox", [{"targets": targets, "labels": {f"l{number}": "x" for number in range(10_000)}}])
    modules = {"modules": {"http_2xx": {"prober": "http", "http": {f"o{number}": 1 for number in range(20_000)}}}}
    with pytest.raises(InvalidInput, match="at most 128 KiB"):
        read_sent("blackbox", json.dumps([{"targets": targets}]).encode(), "f", KINDS, json.dumps(modules).encode())
    assert time.process_time() - before < 20


def test_long_text_is_not_looked_at_many_times() -> None:
    conditions = ", ".join(["*long"] * 1000)
    text = f"x: &long {'y' * 500_000}\nendpoints: [{{name: a, url: 'http://a.example/', conditions: [{conditions}]}}]"
    with pytest.raises(InvalidInput, match="characters, with all that aliases stand for"):
        read_sent("gatus", text.encode(), "f", KINDS)


def test_long_length_of_time_is_none() -> None:
    endpoint = {"name": "a", "url": "http://a.example/", "interval": "1" * 100 + "s"}
    found = read_sent("gatus", json.dumps({"endpoints": [endpoint]}).encode(), "f", KINDS)
    assert "must be a length of time" in str(found.notes[0])
