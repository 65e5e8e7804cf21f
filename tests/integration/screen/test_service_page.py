"""The page of one service: found by its address, live at its head."""

from datetime import UTC, datetime, timedelta

from monitor_app.domain.status import Status
from monitor_app.security.permissions import SYSTEM
from monitor_app.state.service_page import ServicePage, days_left
from monitor_app.state.toast import ToastState
from tests.integration.screen.conftest import Screen
from tests.samples import result


async def test_page_shows_the_service_that_the_address_names(screen: Screen) -> None:
    (pk,) = await screen.add("Web")
    await screen.add("Other")
    await screen.recorder.record(result(pk, Status.OK, response_ms=12.0))
    await screen.running.follower.read_now()
    screen.address = "/services/web"
    await screen.send(ServicePage.load)
    assert screen.shows(ServicePage, "is_known")
    assert screen.shows(ServicePage, "label") == "Web"
    assert screen.shows(ServicePage, "row")["id"] == pk


async def test_unknown_service_is_told_as_such(screen: Screen) -> None:
    await screen.add("Web")
    screen.address = "/services/nothing"
    await screen.send(ServicePage.load)
    assert screen.shows(ServicePage, "is_loaded")
    assert not screen.shows(ServicePage, "is_known")
    assert screen.shows(ServicePage, "pk") == 0


async def test_deleted_service_can_be_brought_back_from_its_page(screen: Screen) -> None:
    (pk,) = await screen.add("Web")
    screen.address = "/services/web"
    await screen.send(ServicePage.load)
    assert screen.shows(ServicePage, "deleted") == {}
    await screen.running.services.delete(SYSTEM, ["web"])
    await screen.running.follower.read_now()
    await screen.send(ServicePage.load)
    gone = screen.shows(ServicePage, "deleted")
    assert (gone["pk"], gone["label"], gone["by"]) == (pk, "Web", "system")
    assert timedelta(days=30) == timedelta(milliseconds=gone["gone_at"] - gone["at"])
    await screen.send(ServicePage.restore)
    await screen.send(ServicePage.load)
    assert screen.shows(ServicePage, "is_known")
    assert screen.shows(ServicePage, "pk") == pk
    assert screen.shows(ServicePage, "deleted") == {}
    await screen.send(ServicePage.restore)
    assert screen.shows(ToastState, "toast")["text"] == "Web is back"


def test_days_left_are_told_of_every_metric_that_counts_them() -> None:
    told = days_left({"certificate_days": 63.4, "domain_days": 12.0, "chain_days": 0.4, "status_code": 200, "_days": 1})
    assert [(each["title"], each["text"], each["tone"]) for each in told] == [
        ("Certificate", "63 days", ""),
        ("Domain", "12 days", "degraded"),
        ("Chain", "less than a day", "failed"),
    ]
    assert days_left({"certificate_days": -2.0})[0]["text"] == "expired"


async def test_uptime_is_read_again_when_the_status_has_changed(screen: Screen) -> None:
    (pk,) = await screen.add("Web")
    screen.address = "/services/web"
    await screen.send(ServicePage.load)
    assert [row["uptime"] for row in screen.shows(ServicePage, "uptime")] == ["–"] * 5
    await screen.recorder.record(result(pk, checked_at=datetime.now(UTC)))
    await screen.running.follower.read_now()
    await screen.send(ServicePage.refresh)
    assert screen.shows(ServicePage, "row")["status"] == Status.OK
    assert [row["time"] for row in screen.shows(ServicePage, "percentiles")] == ["12 ms"] * 3
    reads = len(screen.was_sent(ServicePage, "percentiles"))
    await screen.recorder.record(result(pk, checked_at=datetime.now(UTC), response_ms=900.0))
    await screen.running.follower.read_now()
    await screen.send(ServicePage.refresh)
    assert screen.shows(ServicePage, "row")["ms"] == 900
    assert len(screen.was_sent(ServicePage, "percentiles")) == reads


async def test_a_life_begins_when_a_service_is_added_or_with_results_that_it_came_with(screen: Screen) -> None:
    (pk,) = await screen.add("Web")
    screen.address = "/services/web"
    await screen.send(ServicePage.load)
    row = screen.running.board.find("web")
    assert row is not None
    assert screen.shows(ServicePage, "lives_since") == round(row.definition.created_at.timestamp() * 1000)
    early = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    await screen.recorder.record(result(pk, checked_at=early))
    await screen.running.follower.read_now()
    await screen.send(ServicePage.refresh)
    assert screen.shows(ServicePage, "lives_since") == early.timestamp() * 1000
