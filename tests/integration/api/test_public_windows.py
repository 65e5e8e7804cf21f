"""What readers of status pages are told of maintenance windows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor_app.domain.public_page import PublicNotice
from tests.integration.api.served import Served

WINDOWS, PAGES = "/api/maintenance-windows", "/api/admin/status-pages"


async def plan(api: Served, begins_in: timedelta, **values: Any) -> dict[str, Any]:
    local = f"{datetime.now(UTC) + begins_in:%Y-%m-%dT%H:%M}"
    given = {"name": "Disks", "starts_at": local, "minutes": 60, "public_title": "New disks"} | values
    answer = await api.ask("POST", WINDOWS, json=given)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def told(api: Served) -> list[PublicNotice]:
    await api.running.status_press.read_now()
    kept = api.running.status_press.find("shop")
    assert kept is not None
    return list(kept.public.notices)


async def published(api: Served) -> None:
    for name in ("web", "db", "other"):
        await api.add(name)
    entries = [{"service_id": name, "public_name": f"The {name}"} for name in ("web", "db")]
    await api.ask("POST", PAGES, json={"slug": "shop", "title": "Shop", "entries": entries})


async def test_those_of_the_next_two_weeks_stand_on_pages_that_show_their_services(api: Served) -> None:
    await published(api)
    await plan(api, timedelta(days=2), scope={"services": ["web", "other"]})
    await plan(api, timedelta(days=15), name="Later")
    await plan(api, timedelta(days=2), name="Elsewhere", scope={"services": ["other"]})
    await plan(api, timedelta(days=2), name="For ourselves", public_title="")
    await plan(api, timedelta(days=2), name="Off", enabled=False)
    (notice,) = await told(api)
    assert (notice.title, notice.phase, notice.state, notice.services) == (
        "New disks",
        "upcoming",
        "scheduled",
        ("The web",),
    )
    assert (await api.ask("GET", "/status/shop/summary.json")).json()["notices"][0]["title"] == "New disks"


async def test_one_that_is_on_says_so_until_it_is_ended(api: Served) -> None:
    await published(api)
    made = await plan(api, timedelta(minutes=-5))
    (notice,) = await told(api)
    assert (notice.phase, notice.state, notice.services) == ("current", "in-progress", ("The web", "The db"))
    await api.ask("POST", f"{WINDOWS}/{made['window_id']}/skip", json={"occurrence": made["now"]["occurrence"]})
    assert await told(api) == []


async def test_of_one_that_repeats_the_next_three_times_are_told(api: Served) -> None:
    await published(api)
    await plan(api, timedelta(days=1), recurrence="FREQ=DAILY")
    notices = await told(api)
    assert len(notices) == 3
    assert len({notice.key for notice in notices}) == 3
