"""Configuration files by the API."""

from typing import Any

from monitor_app.security.permissions import VIEWER
from tests.integration.api.served import Served

PLAN, APPLY, DRIFT = "/api/configuration/plan", "/api/configuration/apply", "/api/configuration/drift"
FILE = """\
services:
  web: {label: Web, status_config: {url: "https://web.example.org"}}
  db: {kind: tcp, status_config: {host: db.example.org, port: 5432}}
relations:
  - {source: web, target: db}
"""


def body(text: str = FILE, **more: Any) -> dict[str, Any]:
    return {"text": text, "name": "shop.yaml"} | more


async def test_plan_then_apply(api: Served) -> None:
    planned = await api.ask("POST", PLAN, json=body())
    assert (planned.status_code, planned.json()["add"], planned.json()["applied"]) == (200, 3, False)
    assert (await api.ask("GET", "/api/services/web")).status_code == 404

    applied = (await api.ask("POST", APPLY, json=body())).json()
    assert (applied["add"], applied["applied"]) == (3, True)
    assert (await api.ask("GET", "/api/services/web")).status_code == 200
    assert (await api.ask("POST", APPLY, json=body())).json()["unchanged"] == 3


async def test_drift_is_listed_and_put_back(api: Served) -> None:
    await api.ask("POST", APPLY, json=body())
    assert (await api.ask("GET", DRIFT)).json() == {"items": [], "total": 0}

    await api.ask("PATCH", "/api/admin/services/web", json={"label": "Mine"})

    assert (await api.ask("GET", DRIFT)).json() == {
        "items": [{"type": "service", "name": "web", "managed_by": "shop.yaml", "fields": ["label"]}],
        "total": 1,
    }
    (change,) = (await api.ask("POST", APPLY, json=body())).json()["changes"]
    assert change == {
        "action": "change",
        "type": "service",
        "name": "web",
        "file": "shop.yaml",
        "line": 2,
        "note": "",
        "fields": [{"name": "label", "before": "Mine", "after": "Web", "secret": False, "drifted": True}],
    }
    assert (await api.ask("GET", DRIFT)).json()["total"] == 0


async def test_wrong_file_is_told_with_its_lines(api: Served) -> None:
    answer = await api.ask("POST", APPLY, json=body(FILE.replace("port: 5432", "port: 0")))

    assert answer.status_code == 422
    assert answer.json()["errors"] == {"shop.yaml:3: db.port": "must be at least 1, got 0"}


async def test_variables_of_the_server_are_nobody_elses(api: Served) -> None:
    for text in ("${HOME}", "${file:/etc/hostname}", "${GONE:-x}"):
        answer = await api.ask("POST", PLAN, json=body(FILE.replace("label: Web", f"label: '{text}'")))

        assert answer.status_code == 422
        assert "only files on the server itself" in answer.json()["errors"]["shop.yaml:2: web.label"]


async def test_what_people_made_needs_a_word(api: Served) -> None:
    await api.add("web")

    refused = await api.ask("POST", APPLY, json=body())
    assert refused.status_code == 422
    assert "say adopt" in refused.json()["errors"]["shop.yaml:2: web"]

    taken = (await api.ask("POST", APPLY, json=body(adopt=True))).json()
    assert (taken["adopt"], taken["add"]) == (1, 2)


async def test_removal_needs_a_word(api: Served) -> None:
    await api.ask("POST", APPLY, json=body())
    rest = "\n".join(FILE.splitlines()[:2])

    assert (await api.ask("POST", APPLY, json=body(rest))).json()["kept"] == [
        "service db", "relation web -> db (dependency)",
    ]  # fmt: skip
    assert (await api.ask("POST", APPLY, json=body(rest, prune=True))).json()["remove"] == 2
    assert (await api.ask("GET", "/api/services/db")).status_code == 404


async def test_json_is_taken_and_strange_names_are_not(api: Served) -> None:
    taken = await api.ask("POST", PLAN, json=body('{"groups": {"G": {}}}', format="json"))
    assert taken.json()["add"] == 1

    for wrong in ({"name": "conf.d/x.yaml"}, {"name": ""}, {"format": "toml"}, {"prune": "yes"}, {"more": 1}):
        assert (await api.ask("POST", PLAN, json=body() | wrong)).status_code == 422


async def test_viewers_apply_nothing(api: Served) -> None:
    for path in (PLAN, APPLY):
        assert (await api.ask("POST", path, VIEWER, json=body())).status_code == 403
    assert (await api.ask("GET", DRIFT, VIEWER)).status_code == 403


async def test_large_files_are_taken(api: Served) -> None:
    text = f"groups: {{G: {{}}}}\n#{'x' * 2_000_000}\n"

    assert (await api.ask("POST", PLAN, json=body(text))).json()["add"] == 1
