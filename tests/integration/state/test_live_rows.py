"""Live rows through the real thing: a Reflex app in a process of its own, its websocket, browsers that merge."""

import asyncio
import signal
from datetime import UTC, datetime
from typing import Any

from monitor_app.bench.live.browser import LiveBrowser
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from tests.integration.state.conftest import LivePage


def now() -> datetime:
    return datetime.now(UTC)


def found(pk: int, status: Status = Status.OK, message: str = "") -> CheckResult:
    return CheckResult(pk, now(), status, message, 12.5)


def shown(browser: LiveBrowser) -> dict[int, dict[str, Any]]:
    """The rows without the times between results and the days, which this browser does not keep."""
    unkept = ("ht", "day")
    return {pk: {name: value for name, value in row.items() if name not in unkept} for pk, row in browser.rows.items()}


async def test_result_reaches_the_browser(live_page: LivePage) -> None:
    [pk] = await live_page.add_services(1)
    async with live_page.browser() as browser:
        await browser.until(lambda: bool(browser.rows))
        assert browser.rows[pk]["msg"] == "waiting for the first check"
        await live_page.record(found(pk, Status.FAILED, message="refused"))
        await browser.until(lambda: browser.rows[pk]["status"] == 2)
        assert browser.rows[pk]["msg"] == "refused"
        assert browser.counts == [0, 0, 1, 0, 0, 0]


async def test_bursts_are_merged_without_a_gap(live_page: LivePage) -> None:
    pks = await live_page.add_services(20)
    async with live_page.browser() as one, live_page.browser() as two:
        for browser in (one, two):
            assert len(browser.rows) == 20
        for turn in range(30):
            await live_page.record(
                *(
                    CheckResult(pk, now(), Status((turn + pk) % 3), f"turn {turn}", turn * 1.5)
                    for pk in pks[turn % 2 :: 2]
                )
            )
        for browser in (one, two):
            await browser.until(lambda tab=browser: all_say(tab, "turn 28", "turn 29"))  # type: ignore[misc]
        async with live_page.browser() as fresh:
            assert shown(one) == shown(two) == shown(fresh)
        assert (one.gaps, two.gaps) == (0, 0)


def all_say(browser: LiveBrowser, *messages: str) -> bool:
    return {row["msg"] for row in browser.rows.values()} == set(messages)


async def test_gap_heals_itself(live_page: LivePage) -> None:
    [pk] = await live_page.add_services(1)
    async with live_page.browser() as browser:
        await browser.until(lambda: bool(browser.rows))
        browser.losing = 1
        await live_page.record(found(pk, message="lost"))
        await browser.until(lambda: browser.losing == 0)
        await live_page.record(found(pk, Status.FAILED, message="seen"))
        await browser.until(lambda: browser.rows[pk]["hs"] == "02")
        assert browser.gaps == 1


async def test_lost_connection_heals_itself(live_page: LivePage) -> None:
    [pk] = await live_page.add_services(1)
    async with live_page.browser() as browser:
        await browser.until(lambda: bool(browser.rows))
        first = browser.sid
        await browser.cut()
        await live_page.record(found(pk, Status.FAILED, message="meanwhile"))
        await browser.until(lambda: browser.rows[pk]["msg"] == "meanwhile")
        assert browser.sid != first
        await live_page.record(found(pk, message="afterwards"))
        await browser.until(lambda: browser.rows[pk]["msg"] == "afterwards")


async def test_killed_web_process_heals_itself(live_page: LivePage) -> None:
    [pk] = await live_page.add_services(1)
    async with live_page.browser() as browser:
        await browser.until(lambda: bool(browser.rows))
        await live_page.record(found(pk, message="before"))
        await browser.until(lambda: browser.rows[pk]["msg"] == "before")
        seq = browser.seq
        live_page.server.end(signal.SIGKILL)
        await live_page.recorder.record(found(pk, Status.FAILED, message="meanwhile"))
        live_page.server.start()
        await browser.until(lambda: browser.rows[pk]["msg"] == "meanwhile")
        assert browser.rows[pk]["hs"] == "02"
        assert browser.seq > seq
        await live_page.record(found(pk, message="afterwards"))
        await browser.until(lambda: browser.rows[pk]["msg"] == "afterwards")


async def test_added_service_appears(live_page: LivePage) -> None:
    await live_page.add_services(1)
    async with live_page.browser() as browser:
        await browser.until(lambda: len(browser.rows) == 1)
        await live_page.add_services(1, label="Newcomer")
        await browser.until(lambda: "Newcomer" in {row["label"] for row in browser.rows.values()})


async def test_who_leaves_the_page_gets_no_more_and_the_view_ends(live_page: LivePage) -> None:
    [pk] = await live_page.add_services(1)
    async with live_page.browser() as gone, live_page.browser(sort="urgency") as here:
        await here.until(lambda: bool(here.rows))
        await gone.until(lambda: bool(gone.rows))
        gone.look_away()
        patches = gone.patches
        for turn in range(3):
            await live_page.record(found(pk, message=f"turn {turn}"))
            await here.until(lambda: here.rows[pk]["msg"] == f"turn {turn}")  # noqa: B023
        # Whatever was under way for the other view when it was left has arrived by now.
        assert gone.patches <= patches + 1
        assert live_page.server.ask()["views"] == 1


async def test_closed_tabs_leave_nothing_behind(live_page: LivePage) -> None:
    [pk] = await live_page.add_services(1)
    for search in ("a", "b", "c"):
        async with live_page.browser(search=search):
            pass
    async with live_page.browser() as last:
        await last.until(lambda: bool(last.rows))
        await live_page.record(found(pk, message="now"))
        await last.until(lambda: last.rows[pk]["msg"] == "now")
        facts = live_page.server.ask()
    assert (facts["views"], facts["browsers"]) == (1, 1)


async def test_one_patch_serves_all_browsers_of_a_view(live_page: LivePage) -> None:
    [pk] = await live_page.add_services(1)
    tabs = [live_page.tab() for _ in range(5)]
    for tab in tabs:
        tab.start()
    try:
        for tab in tabs:
            await tab.until(lambda tab=tab: bool(tab.rows))  # type: ignore[misc]
        before = live_page.server.ask()["patches"]
        await live_page.record(found(pk, message="for all"))
        for tab in tabs:
            await tab.until(lambda tab=tab: tab.rows[pk]["msg"] == "for all")  # type: ignore[misc]
        assert live_page.server.ask()["patches"] == before + 1
    finally:
        await asyncio.gather(*(tab.close() for tab in tabs))
