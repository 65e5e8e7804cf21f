"""What is kept of who has no account, on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor_app.domain.account import Preferences
from monitor_app.errors import InvalidInput, PermissionDenied
from monitor_app.security.permissions import BOARD_READ, NOBODY, Identity
from monitor_app.storage.visitors import delete_old
from monitor_app.use_cases.visitors import KEPT, USE_NOTED, key_of
from tests.accounts import Accounts, on_sqlite

VISITOR = replace(NOBODY, permissions=frozenset({BOARD_READ}))
KEY, OTHER_KEY = "a" * 64, "b" * 64


async def test_each_visitor_keeps_what_it_chose(people: Accounts) -> None:
    assert await people.visitors.preferences(VISITOR, KEY) == Preferences()
    await people.visitors.change(VISITOR, KEY, {"history_granularity": 30, "density": "compact"})
    assert await people.visitors.change(VISITOR, KEY, {"auto_refresh": True}) == Preferences(
        history_granularity=30, density="compact", auto_refresh=True
    )
    assert (await people.visitors.preferences(VISITOR, KEY)).history_granularity == 30
    assert await people.visitors.preferences(VISITOR, OTHER_KEY) == Preferences()
    assert await people.visitors.preferences(VISITOR, "") == Preferences()
    assert await people.log() == []


@on_sqlite
async def test_wrong_values_change_nothing(people: Accounts) -> None:
    await people.visitors.change(VISITOR, KEY, {"refresh_seconds": 300})
    for wrong in (
        {"refresh_seconds": 45},
        {"refresh_seconds": 60.0},
        {"refresh_seconds": True, "density": "compact"},
        {"auto_refresh": 1},
        {"density": "tiny"},
        {"history_granularity": 10},
        {"looked_at": 1},
    ):
        with pytest.raises(InvalidInput):
            await people.visitors.change(VISITOR, KEY, wrong)
    assert await people.visitors.preferences(VISITOR, KEY) == Preferences(refresh_seconds=300)
    with pytest.raises(InvalidInput):
        await people.visitors.change(VISITOR, "", {"refresh_seconds": 300})
    with pytest.raises(PermissionDenied):
        await people.visitors.change(NOBODY, KEY, {"refresh_seconds": 300})


@on_sqlite
async def test_a_program_takes_its_owners_until_it_chooses_and_never_changes_them(people: Accounts) -> None:
    ada = people.who(await people.set_up())
    await people.visitors.change(ada, "", {"history_granularity": 60, "refresh_seconds": 30})
    program = Identity("ada", "admin", frozenset({BOARD_READ}), ada.account_pk, "key", "0123456789ab")
    key = key_of(program, "", "")
    assert (await people.visitors.preferences(program, key)).history_granularity == 60
    await people.visitors.change(program, key, {"history_granularity": 5})
    kept = await people.visitors.preferences(program, key)
    assert (kept.history_granularity, kept.refresh_seconds) == (5, 30)
    assert people.book.preferences(ada.account_pk).history_granularity == 60


@on_sqlite
async def test_each_has_a_key_of_its_own(people: Accounts) -> None:
    wall = Identity("wall hall", "viewer", frozenset({BOARD_READ}), None, "wall", "7")
    program = replace(wall, via="key", credential="7")
    account = replace(wall, via="session", account_pk=1)
    keys = {key_of(wall, "s", ""), key_of(wall, "t", ""), key_of(program, "s", ""), key_of(VISITOR, "s", KEY)}
    assert len(keys) == 4
    assert KEY in keys
    assert key_of(account, "s", KEY) == key_of(VISITOR, "s", "") == ""


@on_sqlite
async def test_who_stays_away_is_forgotten(people: Accounts) -> None:
    visitors, clock = people.visitors, people.clock
    await visitors.change(VISITOR, KEY, {"density": "compact"})
    clock.at += KEPT - timedelta(hours=1)
    await visitors.preferences(VISITOR, KEY)  # comes back
    clock.at += USE_NOTED
    await visitors.change(VISITOR, OTHER_KEY, {"density": "compact"})
    assert (await visitors.preferences(VISITOR, KEY)).density == "compact"
    clock.at += KEPT + timedelta(days=2)
    await visitors.change(VISITOR, "c" * 64, {"density": "compact"})
    assert await visitors.find(KEY) is await visitors.find(OTHER_KEY) is None


async def test_who_only_looks_leaves_nothing(people: Accounts) -> None:
    """Cookies can be made up: a thousand looks with a thousand of them are no thousand rows."""
    await people.visitors.note_look(OTHER_KEY, people.clock.at)
    assert await people.visitors.find(OTHER_KEY) is None
    await people.visitors.change(VISITOR, KEY, {"density": "compact"})
    await people.visitors.note_look(KEY, people.clock.at)
    found = await people.visitors.find(KEY)
    assert found is not None
    assert (found.looked_at, dict(found.preferences)) == (people.clock.at, {"density": "compact"})


async def test_made_up_browsers_do_not_push_out_walls_and_programs(people: Accounts) -> None:
    wall = Identity("wall hall", "viewer", frozenset({BOARD_READ}), None, "wall", "7")
    program = replace(wall, via="key", credential="0123456789ab")
    theirs = [key_of(wall, "s", ""), key_of(program, "", "")]
    for identity, key in zip((wall, program), theirs, strict=True):
        await people.visitors.change(identity, key, {"density": "compact"})
    for number in range(5):
        people.clock.move(seconds=1)
        await people.visitors.change(VISITOR, str(number) * 64, {"density": "compact"})
    async with people.database.write() as conn:
        await delete_old(conn, people.clock.at - KEPT, 2)
    assert [len(key) for key in theirs] == [64, 64]
    assert None not in [await people.visitors.find(key) for key in theirs]
    assert await people.visitors.find("0" * 64) is None


@on_sqlite
async def test_of_too_many_those_stay_that_came_last(people: Accounts) -> None:
    for number in range(5):
        people.clock.move(seconds=1)
        await people.visitors.change(VISITOR, str(number) * 64, {})
        await people.visitors.note_look(str(number) * 64, people.clock.at)
    async with people.database.write() as conn:
        await delete_old(conn, people.clock.at - KEPT, 2)
    found = [await people.visitors.find(str(number) * 64) for number in range(5)]
    assert [visitor is not None for visitor in found] == [False, False, False, True, True]
    assert found[4] is not None
    assert (found[4].looked_at, dict(found[4].preferences)) == (people.clock.at, {})
