"""A client token fits the session that it was made for, and no other."""

import pytest
import reflex as rx
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken

from monitor_app.state.bound_tokens import (
    TABS_LIMIT,
    BoundTokens,
    forget_orphans,
    forget_state,
    forget_states,
    is_bound,
    new_token,
)

OWNER, OTHER = "a" * 64, "b" * 64


def tokens(**keys: str) -> BoundTokens:
    return BoundTokens(lambda sid: keys.get(sid, ""))


def test_token_is_bound_to_its_session_only() -> None:
    token = new_token(OWNER)
    assert is_bound(token, OWNER)
    assert not is_bound(token, OTHER)
    assert not is_bound(token, "")


@pytest.mark.parametrize("token", ["", ".", "x", "x.y", ".".join(["", "a" * 32]), "ü.ü"])
def test_what_is_no_token_is_bound_to_nothing(token: str) -> None:
    assert not is_bound(token, OWNER)
    assert not is_bound(token, "")


async def test_owner_comes_back_to_the_same_state() -> None:
    manager = tokens(first=OWNER, second=OWNER)
    token = await manager.link_token_to_sid("made-by-the-browser", "first")
    assert token is not None
    await manager.disconnect_token(token, "first")

    assert await manager.link_token_to_sid(token, "second") is None
    assert manager.sid_to_token["second"] == token


@pytest.mark.parametrize("is_connected", [True, False])
@pytest.mark.parametrize("thief", [OTHER, ""])
async def test_stolen_token_gives_a_fresh_state(is_connected: bool, thief: str) -> None:
    manager = tokens(owner=OWNER, thief=thief)
    token = new_token(OWNER)
    await manager.link_token_to_sid(token, "owner")
    if not is_connected:
        await manager.disconnect_token(token, "owner")

    fresh = await manager.link_token_to_sid(token, "thief")

    assert fresh is not None
    assert fresh != token
    assert is_bound(fresh, thief)
    assert manager.sid_to_token["thief"] == fresh
    assert (token in manager.token_to_socket) is is_connected


async def test_second_tab_with_a_copied_token_gets_one_of_its_own() -> None:
    manager = tokens(first=OWNER, second=OWNER)
    token = new_token(OWNER)
    await manager.link_token_to_sid(token, "first")
    fresh = await manager.link_token_to_sid(token, "second")
    assert fresh is not None
    assert is_bound(fresh, OWNER)


async def test_who_is_not_logged_in_never_comes_back_to_a_state() -> None:
    manager = tokens()
    token = await manager.link_token_to_sid("x", "first")
    assert token is not None
    await manager.disconnect_token(token, "first")
    assert await manager.link_token_to_sid(token, "second") not in (None, token)


async def test_late_end_of_an_old_socket_leaves_the_new_one_its_tab() -> None:
    manager = tokens(old=OWNER, new=OWNER)
    token = new_token(OWNER)
    await manager.link_token_to_sid(token, "old")
    await manager.disconnect_token(token, "old")
    await manager.link_token_to_sid(token, "new")
    await manager.disconnect_token(token, "old")
    assert manager.token_to_socket[token].sid == "new"


async def test_states_of_ended_sessions_are_forgotten() -> None:
    manager = StateManagerMemory()
    for name, key in {"one": OWNER, "two": OWNER, "three": OTHER, "four": ""}.items():
        state = await manager.get_state(BaseStateToken(ident=name, cls=rx.State))
        state.router_data = {"session_key": key}

    assert forget_states(manager, lambda key: key == OWNER) == 2

    assert set(manager.states) == {"three", "four"}
    forget_state(manager, "four")
    forget_state(manager, "unknown")
    assert set(manager.states) == {"three"}
    await manager.close()


async def test_what_events_make_anew_after_their_socket_closed_is_forgotten() -> None:
    manager = StateManagerMemory()
    for name, key in {"gone": "", "open": "", "logged in": OWNER, "busy": ""}.items():
        state = await manager.get_state(BaseStateToken(ident=name, cls=rx.State))
        state.router_data = {"session_key": key}

    async with manager.modify_state(BaseStateToken(ident="busy", cls=rx.State)):
        assert forget_orphans(manager, lambda token: token == "open") == 1
        assert set(manager.states) == {"open", "logged in", "busy"}
    assert forget_orphans(manager, lambda token: token == "open") == 1
    assert set(manager.states) == {"open", "logged in"}
    await manager.close()


async def test_of_one_session_so_many_closed_tabs_are_kept_those_used_last() -> None:
    manager = StateManagerMemory()
    for number in range(TABS_LIMIT + 3):
        state = await manager.get_state(BaseStateToken(ident=f"tab {number:02}", cls=rx.State))
        state.router_data = {"session_key": OWNER}
    other = await manager.get_state(BaseStateToken(ident="other", cls=rx.State))
    other.router_data = {"session_key": OTHER}

    assert forget_orphans(manager, lambda token: token == "tab 00") == 2

    assert set(manager.states) == {"other", "tab 00"} | {f"tab {number:02}" for number in range(3, TABS_LIMIT + 3)}
    await manager.close()
