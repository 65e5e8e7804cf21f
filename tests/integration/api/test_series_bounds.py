"""A service that was checked far more often than it is now: what charts ask of its past stays cheap."""

from typing import Any

import pytest

from monitor_app.domain.status import Status
from monitor_app.use_cases import series as module
from tests.integration.api.past import begin
from tests.integration.api.served import Served

COUNT, LIMIT = 1500, 400


@pytest.fixture
async def often(api: Served, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Every half an hour now; yesterday it was checked every ten seconds for four hours."""
    monkeypatch.setattr(module, "READ_LIMIT", LIMIT)
    await api.add("shop", interval_seconds=1800)
    past = await begin(api)
    await past.results("shop", *((1800 + number / 6, Status.OK) for number in range(COUNT, 0, -1)), (30, Status.OK))

    async def told(path: str) -> dict[str, Any]:
        since = past.at(6 * 1440).isoformat().replace("+00:00", "Z")
        answer = await api.ask("GET", f"/api/services/shop/{path}?since={since}", "viewer")
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    return told


async def test_series_are_told_from_summaries(often: Any) -> None:
    found = await often("series")
    assert found["source"] != "results"
    assert sum(found["windows"]["ok"]) == COUNT + 1


async def test_measurements_are_told_from_summaries(often: Any) -> None:
    found = await often("measurements")
    assert found["step_seconds"] == 3600
    assert found["known_since"] == found["since"]
    assert sum(count or 0 for count in found["status_classes"]["2xx"]) == COUNT + 1
