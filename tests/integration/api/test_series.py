"""What the API tells of a span of a service, as charts draw it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from monitor_app.domain.status import Status
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


async def test_measurements_are_told_with_thresholds(api: Served) -> None:
    thresholds = [{"metric": "response_ms", "comparison": ">", "value": 500, "results": 3}]
    await api.add("shop", metric_config={"thresholds": thresholds})
    past = await begin(api)
    await past.results("shop", (30, OK), (29, OK))
    found = await told(api, f"measurements?since={since(past, 60)}")
    assert sum(found["status_classes"]["2xx"]) == 2
    assert found["metrics"] == {}
    assert found["known_since"] == found["since"]
    assert [one["text"] for one in found["thresholds"]] == ["response_ms > 500 for 3 results"]
    year = await told(api, f"measurements?since={since(past, 390 * 1440)}")
    assert year["known_since"] == year["since"]
    assert year["step_seconds"] == 86_400
    assert sum(year["status_classes"]["2xx"]) == 2


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
