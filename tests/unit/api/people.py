"""Who the tests of the API come as: an access book that knows a cookie and a key of each role."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from monitor_app.domain.account import Preferences
from monitor_app.engine.board import Board
from monitor_app.security.permissions import ACCOUNT_ROLES, NOBODY, Identity
from monitor_app.state import runtime

OWN_HOST = {"Host": "localhost:3000"}
OWN_PAGE = {**OWN_HOST, "Origin": "http://localhost:3000"}


def with_cookie(role: str) -> dict[str, str]:
    """The headers of a page of ours, logged in with this role."""
    return {**OWN_PAGE, "Cookie": f"lb_session={role}"}


def with_key(role: str) -> dict[str, str]:
    """The headers of a program with a key of this role."""
    return {**OWN_HOST, "Authorization": f"Bearer {role}"}


class People:
    """The access book: `lb_session=ROLE` is a session with that role, `Bearer ROLE` a key."""

    def __init__(self) -> None:
        self.start_page = "/"
        self.granularity = 15

    def of_cookie(self, header: str, address: str) -> Identity:
        role = header.removeprefix("lb_session=")
        if role not in ACCOUNT_ROLES:
            return NOBODY
        return Identity.of_role(f"a {role}", role, via="session", credential=f"7{role}", account_pk=1)

    def of_authorization(self, header: str, address: str) -> Identity | None:
        role = header.removeprefix("Bearer ")
        if role not in ACCOUNT_ROLES:
            return None
        return Identity.of_role(f"a {role}", role, via="key", credential=f"k-{role}", account_pk=1)

    def session_key(self, cookie_header: str) -> str:
        return cookie_header

    def visitor_key(self, cookie_header: str) -> str:
        return ""

    def preferences(self, account_pk: int | None) -> Preferences:
        return Preferences(default_page=self.start_page, history_granularity=self.granularity)


class Visitors:
    """Nobody has chosen anything but the accounts."""

    def __init__(self, access: People) -> None:
        self._access = access

    async def preferences(self, identity: Identity, key: str) -> Preferences:
        return self._access.preferences(identity.account_pk)


class Denials:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, str]] = []

    def note(self, identity: Identity, action: str, target: str = "") -> None:
        self.noted.append((identity.name, action))


@contextmanager
def running(**parts: Any) -> Iterator[runtime.Runtime]:
    """A runtime with People, and with these parts."""
    nothing: Any = None
    parts = {"board": Board(), "follower": nothing, "access": People(), "denials": Denials(), **parts}
    parts.setdefault("visitors", Visitors(parts["access"]))
    installed = runtime.Runtime(hub=nothing, **parts)
    runtime.install(installed)
    try:
        yield installed
    finally:
        runtime.uninstall()
