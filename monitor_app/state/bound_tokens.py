"""Binds what the server keeps of a browser's tab to the session it was made in.

A tab names its state by a client token, which scripts can read. So a token carries a seal that only the owner's
session fits: another cookie, or none, with somebody's token gets a new token, and that means a fresh state.
"""

import hashlib
import hmac
import uuid
from collections.abc import Callable
from typing import Any, Final

from reflex.istate.manager import StateManager
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import StateToken
from reflex.state import BaseState
from reflex.utils.token_manager import LocalTokenManager

SESSION_KEY: Final = "session_key"  # where an event's router data holds the session's key
VISITOR_KEY: Final = "visitor_key"  # and that of a browser that is not logged in
_SEAL_LENGTH: Final = 32
# So many closed tabs of one session are kept, for when they come back.
TABS_LIMIT: Final = 50


def new_token(session_key: str) -> str:
    """A client token for a tab of this session ("" for who has none)."""
    name = str(uuid.uuid4())
    return f"{name}.{_seal(name, session_key)}"


def is_bound(token: str, session_key: str) -> bool:
    """Whether a client token was made for this session."""
    name, _, seal = token.rpartition(".")
    return bool(name) and hmac.compare_digest(seal.encode(), _seal(name, session_key).encode())


class BoundTokens(LocalTokenManager):
    """Which tab has which socket. `key_of` tells the session key of a socket, "" for one that is not logged in."""

    def __init__(self, key_of: Callable[[str], str]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._key_of = key_of

    async def link_token_to_sid(self, token: str, sid: str) -> str | None:
        """Returns the new token when this one is not the socket's own, or is in use by another tab.

        Whoever is not logged in never gets a state again that was there before.
        """
        session_key = self._key_of(sid)
        if session_key and is_bound(token, session_key):
            held = self.token_to_socket.get(token)
            if held is None or held.sid == sid:
                return await super().link_token_to_sid(token, sid)
        fresh = new_token(session_key)
        await super().link_token_to_sid(fresh, sid)
        return fresh

    async def disconnect_token(self, token: str, sid: str) -> None:
        """Forget a socket, and its tab unless the tab has got another socket since."""
        held = self.token_to_socket.get(token)
        if held is not None and held.sid == sid:
            self.token_to_socket.pop(token)
        self.sid_to_token.pop(sid, None)


def forget_state(manager: StateManager, token: str) -> None:
    """Drop what is kept of one tab."""
    kept = _in_memory(manager)._token_expires_at.get(token)
    if kept is not None:
        _in_memory(manager)._purge_token(kept[1])


def forget_states(manager: StateManager, is_dead: Callable[[str], bool]) -> int:
    """Drop what is kept of all tabs whose session has ended, connected or not; returns how many."""
    memory = _in_memory(manager)
    dead = [
        token
        for _, token in memory._token_expires_at.values()
        if (session_key := _owner(memory.states.get(token.cache_key))) and is_dead(session_key)
    ]
    for token in dead:
        memory._purge_token(token)
    return len(dead)


def forget_orphans(manager: StateManager, is_open: Callable[[str], bool]) -> int:
    """Drop what is kept of tabs that nobody will come back to; returns how many.

    Those are tabs without a socket (`is_open` says no to their token): all of who was not logged in, which events that
    were still waiting when the socket closed have made anew, and of each session those beyond TABS_LIMIT that were used
    longest ago. One that an event works with just now stays for the next time.
    """
    memory = _in_memory(manager)
    closed: dict[str, list[tuple[float, StateToken[Any]]]] = {}
    for expires_at, token in memory._token_expires_at.values():
        lock = memory._states_locks.get(token.lock_key)
        if not is_open(token.cache_key) and not (lock is not None and lock.locked()):
            closed.setdefault(_owner(memory.states.get(token.cache_key)), []).append((expires_at, token))
    orphans = [token for _, token in closed.pop("", ())]
    for tabs in closed.values():
        newest_first = sorted(tabs, key=lambda tab: tab[0], reverse=True)
        orphans += [token for _, token in newest_first[TABS_LIMIT:]]
    for token in orphans:
        memory._purge_token(token)
    return len(orphans)


def _owner(state: BaseState | None) -> str:
    return "" if state is None else state.router_data.get(SESSION_KEY, "")


def _in_memory(manager: StateManager) -> StateManagerMemory:
    """No other manager is in use (rxconfig.py), and there is no public way to go through its states."""
    assert isinstance(manager, StateManagerMemory)
    return manager


def _seal(name: str, session_key: str) -> str:
    return hashlib.sha256(f"{session_key}:{name}".encode()).hexdigest()[:_SEAL_LENGTH]
