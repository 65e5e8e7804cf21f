"""What the API tells of a span of a service, as charts draw it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from monitor_app.domain.status import Status
from monitor_app.models import Counter
from monitor_app.models.counter import MEASURED_SINCE
from monitor_app.storage.history.archive import ARCHIVE
from monitor_app.storage.merge import merge
from tests.integration.api.past import begin
from tests.integration.api.served import Served

OK, FAILED = Status.OK, Status.FAILED


async def told(api: Served, path: str) -> dict[str, Any]:
    answer = await api.ask("GET", f"/api/services/shop/{path}", "viewer")
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def since(past: Any, minutes: float) -> str:
    return str(past.at(minutes).isoformat().replace("+00:00", "Z"))


async def test_an_hour_shows_each_result(api: Served) -> None:
    await api.add("shop")
    past = await begin(api)
    await past.results("shop", (30, OK), (29, OK), (28, FAILED), (10, OK))
    await past.down("shop", 28, 27)
    found = await told(api, f"series?since={since(past, 60)}")
    assert (found["source"], found["step_seconds"], found["windows"]["seconds"]) == ("results", 0, 120)
    assert found["response_ms"]["p50"] == [12.5, 12.5, 12.5, None, 12.5]  # nothing came for a quarter of an hour
    assert datetime.fromisoformat(found["response_ms"]["timestamps"][0]) == past.at(30)
    windows = found["windows"]
    assert (sum(windows["ok"]), sum(windows["failed"]), sum(windows["other"])) == (3, 1, 0)
    assert max(rate for rate in windows["error_rate"] if rate is not None) in (0.5, 1.0)
    assert {len(column) for name, column in windows.items() if name != "seconds"} == {31}
    (down,) = found["downtimes"]
    lasted = datetime.fromisoformat(down["until"]) - datetime.fromisoformat(down["since"])
    assert lasted == timedelta(minutes=1)


async def test_a_day_shows_windows_of_five_minutes(api: Served) -> None:
    await api.add("shop")
    past = await begin(api)
    await past.results("shop", *((60 + number / 100, OK) for number in range(3)))
    found = await told(api, "series")
    assert (found["source"], found["step_seconds"]) == ("5 minutes", 300)
    assert [ms for ms in found["response_ms"]["mean"] if ms is not None] == [12.5] * len(
        [count for count in found["windows"]["ok"] if count]
    )
    assert sum(found["windows"]["ok"]) == 3
    assert 288 <= len(found["windows"]["timestamps"]) <= 289


async def test_a_year_shows_today(api: Served) -> None:
    """A day is a point in its middle; that of today is not to come."""
    await api.add("shop")
    past = await begin(api)
    await past.results("shop", (0.1, OK))
    found = await told(api, f"series?since={since(past, 390 * 1440)}")
    times = [at for at, ms in zip(found["response_ms"]["timestamps"], found["response_ms"]["mean"], strict=True) if ms]
    assert found["source"] == "days"
    assert len(times) == 1
    assert times[0] < found["until"]


async def test_measurements_are_told_with_thresholds(api: Served) -> None:
    thresholds = [{"metric": "response_ms", "comparison": ">", "value": 500, "results": 3}]
    await api.add("shop", metric_config={"thresholds": thresholds})
    past = await begin(api)
    await past.results("shop", (30, OK), (29, OK))
    found = await told(api, f"measurements?since={since(past, 60)}")
    assert sum(found["status_classes"]["2xx"]) == 2
    assert found["metrics"] == {}
    assert found["known_since"] == found["since"]
    assert [(one["text"], one["status"]) for one in found["thresholds"]] == [
        ("certificate_days < 14", "DEGRADED"),
        ("response_ms > 500 for 3 results", "DEGRADED"),
    ]
    year = await told(api, f"measurements?since={since(past, 390 * 1440)}")
    assert year["known_since"] == year["since"]
    assert year["step_seconds"] == 86_400
    assert sum(year["status_classes"]["2xx"]) == 2


@pytest.mark.parametrize(
    ("kept", "texts"),
    [
        ({"kind": "gone"}, ["load > 5"]),
        ({"status_config": {"url": 7}}, ["load > 5"]),
        ({"metric_config": {"thresholds": 7}}, ["certificate_days < 14"]),
    ],
)
async def test_thresholds_of_what_is_not_valid_any_more_are_left_out(
    api: Served, kept: dict[str, Any], texts: list[str]
) -> None:
    await api.add("shop", metric_config={"thresholds": [{"metric": "load", "comparison": ">", "value": 5}]})
    row = api.running.board.find("shop")
    assert row is not None
    row.define(replace(row.definition, **kept), row.target)
    found = await told(api, "measurements")
    assert [one["text"] for one in found["thresholds"]] == texts


@pytest.mark.parametrize("path", ["series", "measurements"])
async def test_span_that_begins_in_a_pause_is_told_as_finely_as_any(api: Served, path: str) -> None:
    await api.add("shop")
    past = await begin(api)
    hour = past.at(30 * 60).replace(minute=0, second=0)
    before, pause, after = ((past.now - hour).total_seconds() / 60 - minutes for minutes in (10, 30, 150))
    await past.results("shop", (before, OK), *((after - number, OK) for number in range(10)))
    found = await told(api, f"{path}?since={since(past, pause)}&until={since(past, pause - 180)}")
    assert found["step_seconds"] <= 60
    assert len(found["timestamps" if path == "measurements" else "response_ms"]) >= 7
    assert found.get("source", "results") == "results"


@pytest.mark.parametrize("path", ["series", "measurements"])
async def test_results_that_are_gone_before_their_time_are_told_from_summaries(api: Served, path: str) -> None:
    await api.add("shop")
    past = await begin(api)
    await past.results("shop", *((29 * 60 + number, OK) for number in range(180)), (60, OK))
    await merge(api.database, past.recorder.epoch, past.now)
    async with api.database.write() as conn:
        for table in ARCHIVE:
            await conn.execute(delete(table))
    found = await told(api, f"{path}?since={since(past, 31 * 60)}&until={since(past, 29 * 60)}")
    assert found.get("source", "5 minutes") == "5 minutes"
    counts = found["status_classes"]["2xx"] if path == "measurements" else found["windows"]["ok"]
    assert sum(count or 0 for count in counts) >= 119


async def test_it_is_only_told_what_is_not_counted_yet_of_a_service_that_was_there(api: Served) -> None:
    await api.add("shop")
    await api.add("new-one")
    past = await begin(api)
    await past.results("shop", (3 * 1440, OK), (1, OK))
    await past.results("new-one", (1, OK))
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    async with api.database.write() as conn:
        value = int(today.timestamp())
        await conn.execute(update(Counter).where(Counter.name == MEASURED_SINCE).values(value=value))  # type: ignore[arg-type]
    month = f"measurements?since={since(past, 30 * 1440)}"
    assert datetime.fromisoformat((await told(api, month))["known_since"]) == today
    new = (await api.ask("GET", f"/api/services/new-one/{month}", "viewer")).json()
    assert new["known_since"] == new["since"]


@pytest.mark.parametrize("path", ["series", "measurements"])
async def test_what_cannot_be_is_told(api: Served, path: str) -> None:
    await api.add("shop")
    assert (await api.ask("GET", f"/api/services/nobody/{path}")).status_code == 404
    for query in ("since=2020-01-01T00:00:00Z", "since=2199-01-01T00:00:00Z", "span=week"):
        answer = await api.ask("GET", f"/api/services/shop/{path}?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), query


async def test_a_window_tells_what_its_bar_does_not(api: Served) -> None:
    await api.add("shop")
    past = await begin(api)
    await past.results("shop", (50, OK), (20, OK), (19, FAILED), (18, FAILED), (5, OK))
    found = await told(api, f"window?since={since(past, 30)}&until={since(past, 10)}")
    assert found["first_error"]["message"] == "said FAILED"
    assert datetime.fromisoformat(found["first_error"]["timestamp"]) == past.at(19)
    assert found["p50"] == pytest.approx(12.5, rel=0.026)
    assert found["p95"] == pytest.approx(12.5, rel=0.026)
    assert found["resting"] == []
    quiet = await told(api, f"window?since={since(past, 10)}")
    assert quiet["first_error"] is None
    answer = await api.ask("GET", f"/api/services/shop/window?since={since(past, 61)}")
    assert answer.status_code == 422
