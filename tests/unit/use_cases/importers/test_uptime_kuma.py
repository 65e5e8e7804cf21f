"""What is taken of Uptime Kuma, and what is told of the rest."""

import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.importers.sources import read_path, read_sent
from monitor_app.use_cases.importers.taking import Found
from monitor_app.use_cases.importers.uptime_kuma.monitors import read_rows
from monitor_app.use_cases.importers.uptime_kuma.source import KumaFile
from monitor_app.use_cases.service_input import check

FILES = Path(__file__).parents[3] / "imported"
KINDS = KindRegistry()
SECRET = "hunter2-hunter2"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kuma") / "kuma.db"
    with sqlite3.connect(path) as conn:
        conn.executescript((FILES / "kuma.sql").read_text())
    conn.close()
    return path


@pytest.fixture(scope="module")
def found(database: Path) -> Found:
    return read_path("uptime-kuma", database, KINDS)


def values(found: Found) -> dict[str, Any]:
    return {entry.service_id: entry.values for entry in found.file.document.services}


def notes(found: Found, subject: str) -> list[str]:
    return [f"{note.option}: {note.text}" for note in found.notes if subject in note.subject]


def test_http_monitor_comes_with_all_that_matters(found: Found) -> None:
    page = values(found)["front-page"]
    assert page["status_config"] == {
        "url": "https://shop.example/",
        "method": "GET",
        "accepted_statuses": "200-299,304",
        "max_redirects": 10,
        "headers": {"X-Api-Key": SECRET},
        "auth": "basic",
        "username": "anna",
        "password": SECRET,
        "verify_tls": False,
        "proxy_url": "http://proxy.example:3128",
        "proxy_username": "anna",
        "proxy_password": SECRET,
        "deadline_seconds": 48.0,
        "failures_to_fail": 3,
        "successes_to_recover": 1,
    }
    assert (page["group"], page["tags"], page["interval_seconds"]) == ("Shop", ["team: shop mostly", "prod"], 60)


def test_each_type_becomes_its_kind(found: Found) -> None:
    kinds = {name: entry["kind"] for name, entry in values(found).items()}
    assert {name: kinds[name] for name in ("words", "ssh", "gateway", "names", "backup", "orders", "rpc", "mail")} == {
        "words": "http",
        "ssh": "tcp",
        "gateway": "icmp",
        "names": "dns",
        "backup": "push",
        "orders": "database",
        "rpc": "grpc",
        "mail": "smtp",
    }
    assert values(found)["answer"]["status_config"]["body_json"] == '$.data.items[0].state == "ok"'
    assert values(found)["orders"]["status_config"]["password"] == SECRET


def test_same_names_get_numbers(found: Found) -> None:
    assert values(found)["ssh"]["status_config"]["host"] == "git.example"
    assert values(found)["ssh-2"]["status_config"]["host"] == "old.example"
    assert not values(found)["ssh-2"]["enabled"], "it was paused"


def test_groups_become_composites(found: Found) -> None:
    assert values(found)["shop"]["status_config"] == {"members": "front-page, words"}
    assert not values(found)["machines"]["enabled"]
    assert notes(found, "(Machines)")[-1] == "members: 1 of 2 are not taken; it is imported disabled"
    assert notes(found, "(Empty)") == [": is not taken: a group without anything that was taken"]


@pytest.mark.parametrize(
    ("service_id", "subject", "why"),
    [
        ("odd-answer", "(Odd answer)", "JSON query: $sum(items.price) == is more than a path"),
        ("must-be-down", "(Must be down)", "upside down: has no counterpart"),
        ("behind-socks", "(Behind socks)", "proxy: socks5 proxies have no counterpart"),
        ("judged-otherwise", "(Judged otherwise)", "conditions: have no counterpart"),
    ],
)
def test_what_would_be_half_true_is_disabled(found: Found, service_id: str, subject: str, why: str) -> None:
    assert not values(found)[service_id]["enabled"]
    assert any(note.startswith(why) and note.endswith("it is imported disabled") for note in notes(found, subject))


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        ("(Container)", "type docker has no counterpart"),
        ("(Own RPC)", "is not that of the standard health service"),
        ("(Broken)", "url: must begin with http:// or https://"),
    ],
)
def test_what_cannot_be_checked_is_not_taken(found: Found, subject: str, why: str) -> None:
    assert any("is not taken" in note and why in note for note in notes(found, subject))


def test_the_rest_is_told(found: Found) -> None:
    general = [note.text for note in found.notes if not note.subject]
    assert general == [
        "notification settings are not taken: who is told is decided here anew (1)",
        "status pages are not taken (1)",
        "history is not taken: it begins anew",
    ]
    assert found.seen == 23
    assert SECRET not in str(found.notes)


def test_backup_gives_the_same_as_a_database_would() -> None:
    backup = read_path("uptime-kuma", FILES / "kuma-backup.json", KINDS)
    page = values(backup)["front-page"]["status_config"]
    assert (page["verify_tls"], page["follow_redirects"], page["failures_to_fail"]) == (False, False, 2)
    assert page["certificate_warning_days"] == 0
    assert values(backup)["shop"]["status_config"] == {"members": "front-page"}
    assert notes(backup, "(Answer)") == ["JSON query: compares with 5 as JSON, not as text"]


def test_original_stays_as_it_is_and_what_is_ahead_of_it_counts(database: Path, tmp_path: Path) -> None:
    path = tmp_path / "kuma.db"
    shutil.copy(database, path)
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.execute("PRAGMA wal_autocheckpoint = 0")
    conn.execute("INSERT INTO monitor (id, name, type, hostname, port) VALUES (99, 'Late', 'port', 'late.example', 1)")
    conn.commit()
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir() if not each.name.endswith("-shm")}
    assert "late" in values(read_path("uptime-kuma", path, KINDS))
    assert before == {each.name: each.read_bytes() for each in tmp_path.iterdir() if not each.name.endswith("-shm")}
    conn.close()


def other_columns(path: Path) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE monitor (x)")
        conn.execute("INSERT INTO monitor VALUES (1)")
    conn.close()


def endless_view(path: Path) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute(
            "CREATE VIEW monitor AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id FROM n"
        )
    conn.close()


def damaged(path: Path) -> None:
    other_columns(path)
    raw = bytearray(path.read_bytes())
    raw[100:2000] = b"\xff" * 1900
    path.write_bytes(raw)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b"SQLite format 3\0" + b"\0" * 5000),
        lambda path: path.write_bytes(b"SQLite format 3\0"),
        lambda path: path.write_bytes(b"PK\x03\x04" + b"\0" * 100),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_text('{"monitorList": {}}'),
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.mkdir(),
        lambda path: os.mkfifo(path),
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to(path),
        lambda path: None,
        other_columns,
        endless_view,
        damaged,
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, make: Any) -> None:
    path = tmp_path / "kuma.db"
    make(path)
    with pytest.raises(InvalidInput, match=r"^file: "):
        read_path("uptime-kuma", path, KINDS)


ANYTHING = st.none() | st.booleans() | st.integers(-5, 99_999) | st.floats() | st.text(max_size=20)
NAMES = ["url", "hostname", "port", "interval", "parent", "method", "body", "headers", "keyword", "maxretries"]
NAMES += ["accepted_statuscodes_json", "json_path", "expected_value", "timeout", "packet_size", "push_token", "id"]
NAMES += ["database_connection_string", "grpc_url", "grpc_service_name", "grpc_method", "conditions", "proxy_id"]
NAMES += ["dns_resolve_type", "dns_resolve_server", "maxredirects", "basic_auth_user", "auth_method", "ping_count"]
TYPES = ["http", "keyword", "json-query", "port", "ping", "dns", "push", "postgres", "mysql", "redis", "smtp", "group"]
TYPES += ["grpc-keyword", "websocket-upgrade", "docker", "", "real-browser"]


@settings(max_examples=40)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), ANYTHING) | st.just({}), max_size=5), st.data())
def test_whatever_stands_in_it_what_is_taken_is_valid(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    monitors = [
        row | {"id": number, "type": data.draw(st.sampled_from(TYPES)), "name": data.draw(ANYTHING)}
        for number, row in enumerate(rows)
    ]
    found = read_rows(KumaFile(monitors, {0: [{"name": "a,b", "value": None}]}, {}, {}), "kuma.db", KINDS)
    for entry in found.file.document.services:
        assert not check(KINDS, entry.given).messages
    assert found.seen == len(monitors)


def test_sent_and_read_are_the_same(database: Path, found: Found) -> None:
    assert values(read_sent("uptime-kuma", database.read_bytes(), "kuma.db", KINDS)) == values(found)


@pytest.mark.parametrize("text", ["endpoints: []\n", "[]", ""])
def test_what_is_neither_database_nor_backup_is_told_so(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gatus.yaml"
    path.write_text(text)
    with pytest.raises(InvalidInput, match="must be an Uptime Kuma database or its JSON backup"):
        read_path("uptime-kuma", path, KINDS)
