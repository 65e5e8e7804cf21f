"""Which rows a browser gets, and what it is told about them."""

from datetime import UTC, datetime

from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.security.permissions import SYSTEM
from monitor_app.state.board import BoardState
from monitor_app.state.details import DetailsState
from tests.integration.screen.conftest import Screen


async def labels(screen: Screen, address: str) -> list[str]:
    screen.address = address
    await screen.send(BoardState.load)
    snapshot = next(value for value in reversed(screen.was_sent(BoardState, "snapshot")) if value)
    return [row["label"] for row in snapshot["rows"]]


async def test_address_chooses_the_rows(screen: Screen) -> None:
    await screen.add("Web shop", "Web portal", group="shop", tags=["public"])
    await screen.add("Queue", group="back", tags=["internal"])

    assert await labels(screen, "/?sort=label") == ["Queue", "Web portal", "Web shop"]
    assert await labels(screen, "/?q=web&sort=-label") == ["Web shop", "Web portal"]
    assert await labels(screen, "/?group=back") == ["Queue"]
    assert await labels(screen, "/?tag=public&q=portal") == ["Web portal"]
    assert await labels(screen, "/?status=unknown&sort=label") == ["Queue", "Web portal", "Web shop"]
    assert screen.shows(BoardState, "groups") == ["back", "shop"]
    assert screen.shows(BoardState, "tags") == ["internal", "public"]


async def test_nonsense_in_the_address_is_passed_over(screen: Screen) -> None:
    await screen.add("Only one")

    assert await labels(screen, "/?sort=price&page=-3&status=green,,&page_size=9999") == ["Only one"]
    assert await labels(screen, f"/?page={'9' * 400}") == ["Only one"]


async def test_pages_of_fifty(screen: Screen) -> None:
    await screen.add(*[f"Service {number:03d}" for number in range(120)])

    assert len(await labels(screen, "/?sort=label")) == 50
    assert await labels(screen, "/?sort=label&page=3") == [f"Service {number:03d}" for number in range(100, 120)]
    assert (screen.shows(BoardState, "pages"), screen.shows(BoardState, "matched")) == (3, 120)


async def test_rows_are_forgotten_once_the_browser_has_them(screen: Screen) -> None:
    await screen.add("One")

    await labels(screen, "/")

    assert screen.shows(BoardState, "snapshot") == {}


async def test_filter_that_finds_nothing_says_which_to_drop(screen: Screen) -> None:
    await screen.add("Web shop", group="shop")
    await screen.add("Queue", group="back")

    assert await labels(screen, "/?q=web&group=back&status=failed,unknown") == []

    hints = [(hint["filter"], hint["count"]) for hint in screen.shows(BoardState, "hints")]
    assert hints == [("q", 1), ("group", 1), ("status", 0)]
    assert screen.shows(BoardState, "hints")[2]["text"] == "Drop the status Down or Unknown"


async def test_details_tell_phases_and_mask_secrets(screen: Screen) -> None:
    config = {"url": "http://127.0.0.1:1/", "headers": {"Authorization": "Bearer abc", "X-Site": "north"}}
    (pk,) = await screen.add("Guarded", status_config=config)
    now = datetime.now(UTC)
    await screen.recorder.record(
        CheckResult(pk, now, Status.FAILED, "503", 30.0, {"connect": 10.0, "first_byte": 20.0})
    )
    await screen.running.follower.read_now()

    await screen.send(DetailsState.open, pk=pk)

    assert screen.shows(DetailsState, "open_id") == pk
    assert [phase["share"] for phase in screen.shows(DetailsState, "phases")] == ["33.3%", "66.7%"]
    assert screen.shows(DetailsState, "results")[0]["says"] == "503"
    config_text = str(screen.shows(DetailsState, "config"))
    assert "north" in config_text
    assert "abc" not in config_text
    assert screen.shows(DetailsState, "row")["day"][1] == "*287,0.0.1"


async def test_details_tell_how_any_kind_is_checked(screen: Screen) -> None:
    config = {"host": "127.0.0.1", "port": 5432, "send": "hello"}
    threshold = {"thresholds": [{"metric": "response_ms", "comparison": ">", "value": 500, "results": 3}]}
    (pk,) = await screen.add("Queue", kind="tcp", status_config=config, metric_config=threshold)
    await screen.send(DetailsState.open, pk=pk)
    facts = {fact["name"]: fact["text"] for fact in screen.shows(DetailsState, "config")}
    assert facts == {"Id": "queue", "Kind": "TCP port", "Host": "127.0.0.1", "Port": "5432", "Send": "hello"}
    assert screen.shows(DetailsState, "thresholds") == ["response_ms > 500 for 3 results"]


async def test_details_leave_out_what_a_query_may_hold(screen: Screen) -> None:
    (pk,) = await screen.add("Shop", status_config={"url": "http://127.0.0.1:1/a?k=hidden"})
    await screen.send(DetailsState.open, pk=pk)
    assert "hidden" not in str(screen.shows(DetailsState, "config"))


async def test_composite_names_its_members_and_how_they_are(screen: Screen) -> None:
    shop, _ = await screen.add("Shop", "Stock")
    config = {"members": "shop, stock", "mode": "any"}
    (pk,) = await screen.add("Both", kind="composite", status_config=config)
    now = datetime.now(UTC)
    await screen.recorder.record(CheckResult(shop, now, Status.FAILED, "connection refused", None))
    await screen.running.services.delete(SYSTEM, ["stock"])
    await screen.running.follower.read_now()
    await screen.send(DetailsState.open, pk=pk)
    first, second = screen.shows(DetailsState, "members")
    board_row = screen.running.board.get(shop)
    assert board_row is not None
    assert first == {
        "sid": "shop",
        "pk": shop,
        "label": "Shop",
        "status": int(board_row.status),
        "says": board_row.message if board_row.status is Status.FAILED else "",
    }
    assert (second["pk"], second["label"], second["status"]) == (0, "stock does not exist", int(Status.UNKNOWN))
    await screen.send(DetailsState.open, pk=shop)
    assert screen.shows(DetailsState, "members") == []


async def test_address_opens_a_service_and_an_unknown_one_opens_nothing(screen: Screen) -> None:
    (pk,) = await screen.add("Web shop")

    screen.address = "/?open=web-shop"
    await screen.send(DetailsState.restore)
    assert screen.shows(DetailsState, "open_id") == pk

    screen.address = "/?open=gone"
    await screen.send(DetailsState.restore)
    assert screen.shows(DetailsState, "open_id") == 0


async def test_payload_that_is_no_service_opens_nothing(screen: Screen) -> None:
    for pk in (77, "1", None, {"id": 1}, True):
        await screen.send(DetailsState.open, pk=pk)
    assert screen.shows(DetailsState, "open_id") == 0
