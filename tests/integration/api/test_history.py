"""What the API tells of the past of a service."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from monitor_app.api.history import window
from monitor_app.domain.status import Status
from monitor_app.engine.ring import DayBar
from tests.integration.api.past import begin
from tests.integration.api.served import Served
from tests.samples import NOON

OK, DEGRADED, FAILED, UNKNOWN = Status.OK, Status.DEGRADED, Status.FAILED, Status.UNKNOWN
WRONG = (
    "history?granularity=10",
    "history?granularity=soon",
    "history?granularity=",
    "uptime?days=2",
    "uptime?days=7&since=2026-01-01T00:00:00Z",
    "uptime?since=2020-01-01T00:00:00Z",
    "uptime?since=2199-01-01T00:00:00Z",
    "percentiles?since=yesterday",
    "results?limit=201",
    "results?cursor=zzz",
    "results?cursor=MTIzNA",
    "results?cursor=OTk5OTk5OTk5OTk5OTk5OTk5OTkuMQ",
    "results?since=0001-01-01T00:00:00%2B14:00",
    "results?since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z",
    "downtime?page=2",
)


async def told(api: Served, path: str, role: str = "viewer") -> dict[str, Any]:
    answer = await api.ask("GET", f"/api/services/shop/{path}", role)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_history_is_a_day_of_windows_of_utc(api: Served) -> None:
    await api.add("shop")
    past = await begin(api)
    await past.results("shop", (0, OK), (0, OK), (0, OK), (0, UNKNOWN), (0, FAILED))
    for minutes, count in ((5, 288), (15, 96), (30, 48), (60, 24)):
        await check_day(api, minutes, count)


async def check_day(api: Served, minutes: int, count: int) -> None:
    found = await told(api, f"history?granularity={minutes}")
    assert (found["service_id"], found["granularity"], len(found["data"])) == ("shop", minutes, count)
    starts = [datetime.fromisoformat(one["timestamp"]) for one in found["data"]]
    step = timedelta(minutes=minutes)
    assert all(int(start.timestamp()) % (minutes * 60) == 0 for start in starts)
    assert [later - start for start, later in pairwise(starts)] == [step] * (count - 1)
    assert starts[-1] <= datetime.now(UTC) < starts[-1] + 2 * step
    filled = [one for one in found["data"] if one["samples"]]
    assert [{**one, "timestamp": ""} for one in filled] == [
        {"timestamp": "", "passing": 75.0, "warning": 0.0, "critical": 25.0, "samples": 4}
    ]
    empty = next(one for one in found["data"] if not one["samples"])
    assert (empty["passing"], empty["warning"], empty["critical"]) == (0.0, 0.0, 0.0)


def test_each_share_of_a_window_is_rounded_for_itself() -> None:
    found = window(DayBar(NOON, 1, 1, 1))
    assert (found["passing"], found["warning"], found["critical"], found["samples"]) == (33.3, 33.3, 33.3, 3)
    assert window(DayBar(NOON, 2, 1, 0))["passing"] == 66.7


async def test_history_without_granularity_is_as_the_caller_likes_it(api: Served) -> None:
    await api.add("shop")
    assert (await told(api, "history"))["granularity"] == 15
    api.running.access.granularity = 60
    assert (await told(api, "history"))["granularity"] == 60


async def test_what_cannot_be_is_told(api: Served) -> None:
    await api.add("shop")
    for path in WRONG:
        answer = await api.ask("GET", f"/api/services/shop/{path}")
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), path
    few = await api.ask("GET", "/api/services/shop/history?granularity=7")
    assert few.json()["errors"] == {"granularity": "must be one of 5, 15, 30, 60"}


async def test_unknown_services_have_no_past(api: Served) -> None:
    for path in ("history", "results", "uptime", "percentiles", "downtime"):
        assert (await api.ask("GET", f"/api/services/nobody/{path}")).status_code == 404, path


async def test_what_is_known_is_304(api: Served) -> None:
    await api.add("shop")
    for path in ("history", "results", "downtime"):
        first = await api.ask("GET", f"/api/services/shop/{path}")
        known = {"If-None-Match": first.headers["etag"]}
        assert (await api.ask("GET", f"/api/services/shop/{path}", headers=known)).status_code == 304, path


async def test_only_the_fields_that_are_asked_for(api: Served) -> None:
    await api.add("shop")
    past = await begin(api)
    await past.results("shop", (20, FAILED), (10, OK))
    await past.down("shop", 20, 10, "refused")
    assert (await told(api, "results?fields=status,id&limit=1"))["items"][0].keys() == {"status", "id"}
    assert (await told(api, "downtime?fields=cause"))["items"] == [{"cause": "refused"}]
    paths = {"/api/incidents": "cause", "/api/websites/shop/checks": "id", "/api/websites/shop/downtime": "id"}
    for path, name in paths.items():
        found = (await api.ask("GET", f"{path}?fields={name}", "viewer")).json()["items"]
        assert found, path
        assert all(each.keys() == {name} for each in found), path
        refused = await api.ask("GET", f"{path}?fields=secret", "viewer")
        assert (refused.status_code, list(refused.json()["errors"])) == (422, ["fields"]), path


async def test_results_come_page_by_page_newest_first(api_on_both: Served) -> None:
    api = api_on_both
    await api.add("shop")
    await api.add("blog")
    past = await begin(api)
    await past.results("shop", *((10 - number, OK) for number in range(7)))
    await past.results("blog", (1, OK))
    await past.results("shop", (20, FAILED))  # came late
    pages, cursor = [], ""
    while cursor is not None:
        found = await told(api, f"results?limit=3&cursor={cursor}")
        pages.append([one["timestamp"] for one in found["items"]])
        cursor = found["next_cursor"]
    assert [len(page) for page in pages] == [3, 3, 2]
    times = [time for page in pages for time in page]
    assert times == sorted(times, reverse=True)
    last = (await told(api, "results?limit=200"))["items"][-1]
    assert last == {
        "id": last["id"],
        "timestamp": past.at(20).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "status_code": 2,
        "status": "FAILED",
        "message": "said FAILED",
        "response_time_ms": 12.5,
        "phases": {},
        "metrics": {"status_code": 200.0},
    }
    span = f"since={past.at(9):%Y-%m-%dT%H:%M:%SZ}&until={past.at(7):%Y-%m-%dT%H:%M:%SZ}"
    assert len((await told(api, f"results?{span}"))["items"]) == 2


async def test_uptime_says_what_is_known(api: Served) -> None:
    await api.add("shop")
    nothing = await told(api, "uptime?days=7")
    assert (nothing["uptime"], nothing["coverage"], nothing["down_seconds"]) == (None, 0.0, 0.0)
    assert nothing["unknown_seconds"] == 7 * 86_400
    past = await begin(api)
    await past.results("shop", (0, FAILED))
    await past.down("shop", 60, 30)
    found = await told(api, f"uptime?since={past.at(120):%Y-%m-%dT%H:%M:%SZ}")
    assert found["since"] == past.at(120).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    total = found["up_seconds"] + found["down_seconds"] + found["unknown_seconds"]
    assert total == pytest.approx(7200, abs=60)


async def test_percentiles_of_a_span(api: Served) -> None:
    await api.add("shop")
    assert {name: value for name, value in (await told(api, "percentiles")).items() if name[0] == "p"} == {
        "p50": None,
        "p90": None,
        "p95": None,
        "p99": None,
    }
    past = await begin(api)
    await past.results("shop", (2, OK), (1, OK))
    found = await told(api, "percentiles")
    assert [found[name] for name in ("p50", "p90", "p95", "p99")] == pytest.approx([12.5] * 4, rel=0.03)


async def test_downtimes_tell_their_cause(api: Served) -> None:
    await api.add("shop")
    past = await begin(api)
    await past.down("shop", 60, 50, "503 Service Unavailable")
    await past.down("shop", 5, None, "refused")
    found = await told(api, "downtime?limit=1")
    assert [(one["cause"], one["ended_at"]) for one in found["items"]] == [("refused", None)]
    assert found["items"][0]["duration_seconds"] == pytest.approx(300, abs=60)
    older = await told(api, f"downtime?limit=1&cursor={found['next_cursor']}")
    assert [(one["cause"], one["duration_seconds"]) for one in older["items"]] == [("503 Service Unavailable", 600.0)]
    assert older["next_cursor"] is None
    assert (await told(api, f"downtime?until={past.at(30):%Y-%m-%dT%H:%M:%SZ}"))["items"] == older["items"]
