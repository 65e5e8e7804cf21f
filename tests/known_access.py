"""Stands in for the AccessBook where the question is what follows from its answers."""

from dataclasses import replace

from monitor_app.domain.account import Preferences
from monitor_app.security.permissions import NOBODY, Identity


class KnownAccess:
    """Knows the sessions that it is given, by their keys; a Cookie header is its session's key."""

    def __init__(self, sessions: dict[str, Identity]) -> None:
        self.sessions = dict(sessions)
        self.uses = 0
        self.public_permissions: frozenset[str] = frozenset()

    def session_key(self, cookie_header: str) -> str:
        return cookie_header

    def visitor_key(self, cookie_header: str) -> str:
        return ""

    def of_key(self, session_key: str, address: str, *, is_use: bool = True) -> Identity:
        self.uses += is_use
        nobody = replace(NOBODY, permissions=self.public_permissions)
        return replace(self.sessions.get(session_key, nobody), address=address)

    def preferences(self, account_pk: int | None) -> Preferences:
        return Preferences(time_zone="Europe/Berlin") if account_pk is not None else Preferences()

    def end(self, session_key: str) -> None:
        del self.sessions[session_key]
