"""Opening and closing a circuit breaker from the panel of a service."""

from monitor_app.state.breaker import BreakerDialog
from monitor_app.state.toast import ToastState
from tests.integration.screen.conftest import Screen


async def order_of(screen: Screen, pk: int) -> tuple[str, str]:
    await screen.running.follower.read_now()
    row = screen.running.board.get(pk)
    assert row is not None
    order = row.definition.breaker_order
    return ("", "") if order is None else (order.action, order.reason)


async def test_opening_asks_why_and_for_how_long(screen: Screen) -> None:
    [pk] = await screen.add("Shop")
    await screen.send(BreakerDialog.ask, pk=pk)
    assert screen.shows(BreakerDialog, "is_open") is True
    await screen.send(BreakerDialog.save, form={"reason": "new disks", "minutes": "30"})
    assert screen.shows(BreakerDialog, "is_open") is False
    assert await order_of(screen, pk) == ("open", "new disks")
    assert "paused by its circuit breaker" in screen.shows(ToastState, "toast")["text"]


async def test_wrong_answers_are_told_at_their_fields_and_change_nothing(screen: Screen) -> None:
    [pk] = await screen.add("Shop")
    await screen.send(BreakerDialog.ask, pk=pk)
    await screen.send(BreakerDialog.save, form={"reason": "", "minutes": "-5"})
    assert screen.shows(BreakerDialog, "errors").keys() == {"reason", "minutes"}
    await screen.send(BreakerDialog.save, form={"reason": "x", "minutes": "soon"})
    assert "must be a number of minutes" in screen.shows(BreakerDialog, "errors")["minutes"]
    assert screen.shows(BreakerDialog, "is_open") is True
    assert screen.shows(BreakerDialog, "refusals") == 2
    assert await order_of(screen, pk) == ("", "")


async def test_closing_asks_nothing(screen: Screen) -> None:
    [pk] = await screen.add("Shop")
    await screen.send(BreakerDialog.close_breaker, pk=pk)
    assert (await order_of(screen, pk))[0] == "close"


async def test_payloads_that_make_no_sense_change_nothing(screen: Screen) -> None:
    [pk] = await screen.add("Shop")
    await screen.send(BreakerDialog.ask, pk="; drop table")
    await screen.send(BreakerDialog.save, form={"reason": "x"})
    await screen.send(BreakerDialog.close_breaker, pk=999)
    assert await order_of(screen, pk) == ("", "")
