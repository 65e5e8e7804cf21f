"""Export and import by the API."""

import base64
import sqlite3
from pathlib import Path

import pytest
import yaml

from monitor_app.security.permissions import ADMIN, VIEWER
from tests.integration.api.served import Served

SECRET = "hunter2-hunter2"
FILES = Path(__file__).parents[2] / "imported"
SHOP = {"url": "https://shop.example/", "auth": "basic", "username": "anna", "password": SECRET}
NEW = "services:\n  fresh: {status_config: {url: 'https://new.example/'}}\n  bad: {interval_seconds: 1}\n"


async def test_export_is_masked_and_known_by_its_tag(api: Served) -> None:
    await api.add("shop", status_config=SHOP)
    answer = await api.ask("GET", "/api/export")
    assert answer.headers["content-type"] == "application/yaml"
    assert 'filename="lightbulb.yaml"' in answer.headers["content-disposition"]
    found = yaml.safe_load(answer.text)
    assert found["services"]["shop"]["status_config"]["password"] == "***"
    assert "settings" not in found, "they are for administrators"
    again = await api.ask("GET", "/api/export", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    as_json = (await api.ask("GET", "/api/export", ADMIN, params={"format": "json"})).json()
    assert as_json["settings"]["security"]["idle_minutes"] == 720
    table = await api.ask("GET", "/api/export", params={"format": "csv", "table": "relations"})
    assert table.text == "source,target,relation_type,enabled,note\r\n"
    assert (await api.ask("GET", "/api/export", VIEWER)).status_code == 403


async def test_some_services_leave_with_what_is_among_them(api: Served) -> None:
    for name, group in (("shop", "Sales"), ("stock", "Sales"), ("mail", "Office")):
        await api.add(name, group=group, status_config=SHOP)
    for source, target in (("shop", "stock"), ("shop", "mail")):
        body = {"source_service_id": source, "target_service_id": target, "relation_type": "dependency"}
        assert (await api.ask("POST", "/api/admin/relations", json=body)).status_code == 201
    body = {"service_ids": ["stock", "shop", "gone"], "format": "yaml"}
    answer = await api.ask("POST", "/api/export/selection", ADMIN, json=body)
    found = yaml.safe_load(answer.text)
    assert (list(found["services"]), [one["target"] for one in found["relations"]]) == (["shop", "stock"], ["stock"])
    assert "settings" not in found
    assert SECRET not in answer.text
    assert "$encrypted:" not in answer.text
    with_secrets = body | {"passphrase": "quiet harbour anvil"}
    assert (await api.ask("POST", "/api/export/selection", json=with_secrets)).status_code == 403
    assert "$encrypted:" in (await api.ask("POST", "/api/export/selection", ADMIN, json=with_secrets)).text
    table = await api.ask("POST", "/api/export/selection", json=body | {"format": "csv"})
    assert [line.partition(",")[0] for line in table.text.splitlines()] == ["service_id", "shop", "stock"]
    assert (await api.ask("POST", "/api/export/selection", VIEWER, json=body)).status_code == 403


async def test_secrets_leave_encrypted_and_come_back(api: Served) -> None:
    await api.add("shop", status_config=SHOP)
    body = {"passphrase": "quiet harbour anvil"}
    assert (await api.ask("POST", "/api/export", json=body)).status_code == 403, "for administrators"
    answer = await api.ask("POST", "/api/export", ADMIN, json=body)
    assert answer.headers["cache-control"] == "no-store"
    assert SECRET not in answer.text
    assert "$encrypted:" in answer.text
    changed = answer.text.replace("Shop", "Store")
    body = {"text": changed, "on_conflict": "update"}
    refused = await api.ask("POST", "/api/import", ADMIN, json=body)
    assert "give the passphrase" in refused.json()["errors"][0]["message"]
    wrong = await api.ask("POST", "/api/import", ADMIN, json=body | {"passphrase": "another"})
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["passphrase"])
    done = await api.ask("POST", "/api/import", ADMIN, json=body | {"passphrase": "quiet harbour anvil"})
    assert (done.json()["changed"], done.json()["errors"]) == (1, [])
    found = api.running.board.find("shop")
    assert found is not None
    assert (found.definition.label, api.running.registry["http"].parse(found.definition.status_config).password) == (
        "Store",
        SECRET,
    )
    assert (await api.ask("POST", "/api/export", ADMIN, json={"passphrase": "short"})).status_code == 422


async def test_wrong_rows_are_told_by_line_and_nothing_is_written(api: Served) -> None:
    answer = await api.ask("POST", "/api/import", json={"text": NEW})
    told = answer.json()
    assert (answer.status_code, told["added"], told["failed"], told["is_written"]) == (200, 0, 1, False)
    errors = {error["field"]: (error["line"], error["message"]) for error in told["errors"]}
    assert errors["bad.interval_seconds"] == (3, "must be 5 to 86400 seconds, got 1")
    assert api.running.board.find("fresh") is None
    told = (await api.ask("POST", "/api/import", json={"text": NEW, "partial": True, "dry_run": True})).json()
    assert (told["added"], told["is_written"], told["steps"][0]["name"]) == (1, False, "fresh")
    told = (await api.ask("POST", "/api/import", json={"text": NEW, "partial": True})).json()
    assert (told["added"], told["failed"], told["is_written"]) == (1, 1, True)
    assert api.running.board.find("fresh") is not None, "it is on the board at once"


@pytest.mark.parametrize(
    "body",
    [
        {"text": "{"},
        {"text": "a: &a [*a]"},
        {"text": "services: []", "format": "xml"},
        {"text": "x", "format": "csv"},
        {"text": "services: {a: {status_config: {url: '${HOME}'}}}", "on_conflict": "overwrite"},
        {},
    ],
)
async def test_what_cannot_be_read_is_refused(api: Served, body: dict[str, str]) -> None:
    answer = await api.ask("POST", "/api/import", json=body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_nothing_of_the_server_is_put_in(api: Served) -> None:
    body = {"text": "services: {a: {status_config: {url: 'https://a.example/${file:/etc/passwd}'}}}"}
    told = (await api.ask("POST", "/api/import", json=body)).json()
    assert "only files on the server itself" in told["errors"][0]["message"]
    assert "root:" not in str(told)


async def test_database_of_another_program_is_sent_in_base64(api: Served, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "kuma.db") as conn:
        conn.executescript((FILES / "kuma.sql").read_text())
    conn.close()
    body = {"base64": base64.b64encode((tmp_path / "kuma.db").read_bytes()).decode(), "name": "kuma.db"}
    told = (await api.ask("POST", "/api/import/uptime-kuma", json=body | {"dry_run": True})).json()
    assert (told["seen"], told["added"], told["is_written"]) == (23, 18, False)
    assert {
        "line": None,
        "entry": "monitor 13 (Container)",
        "option": "",
        "message": told["notes"][7]["message"],
    } in told["notes"]
    assert SECRET not in str(told)
    told = (await api.ask("POST", "/api/import/uptime-kuma", json=body)).json()
    assert (told["added"], told["is_written"]) == (18, True)
    assert api.running.board.find("front-page") is not None


@pytest.mark.parametrize(
    ("importer", "body", "status"),
    [
        ("gatus", {"text": (FILES / "gatus.yaml").read_text()}, 200),
        ("blackbox", {"text": (FILES / "targets.json").read_text()}, 200),
        ("gatus", {"base64": "!!!"}, 422),
        ("gatus", {"text": "a", "base64": "YQ=="}, 422),
        ("gatus", {"text": "endpoints: []", "modules": "x"}, 422),
        ("gatus", {"text": "services"}, 422),
        ("nagios", {"text": "x"}, 422),
    ],
)
async def test_files_of_other_programs(api: Served, importer: str, body: dict[str, str], status: int) -> None:
    answer = await api.ask("POST", f"/api/import/{importer}", json=body)
    assert answer.status_code == status, answer.text
