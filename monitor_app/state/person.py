"""Who sits before the browser, as far as the screens need to know: what they show and offer follows from it.

What somebody may do is not decided here: the guard and the use cases do that.
"""

import hashlib
from typing import Final, cast

import reflex as rx

from monitor_app.domain.account import Density, Preferences, Theme
from monitor_app.security.permissions import ANONYMOUS, BOARD_READ, SOURCE_WRITE, Identity
from monitor_app.state import runtime

# Somebody may look at what sources tell, and there is something to see, or to begin with. It opens nothing by itself.
SOURCE_THERE: Final = "source:there"
# The mark of a browser that is not logged in; blank means that the browser does not know yet.
NOBODY_MARK: Final = "nobody"


class PersonState(rx.State):
    """The person. The guard fills it when a page loads; no page has to ask for it."""

    username: str = ""
    role: str = ANONYMOUS
    may: list[str] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    is_signed_in: bool = False
    time_zone: str = ""
    date_language: str = ""
    theme: str = "system"
    default_page: str = "/"
    history_granularity: int = 15
    auto_refresh: bool = False
    refresh_seconds: int = 60
    density: str = "comfortable"
    # Until the server has said so, nobody is shown a tour.
    tour_seen: bool = True
    # What this tab has chosen, of a browser that had no cookie when its socket opened.
    _told: Preferences | None = None
    # Tells one session from another, and nothing else about it: a page that sees it change belongs to somebody else.
    session_mark: str = ""

    def _take(self, identity: Identity, session_key: str, preferences: Preferences) -> None:
        self.is_signed_in = identity.via != "nothing"
        self.username = identity.name if self.is_signed_in else ""
        self.role, self.may = identity.role, sorted({*identity.permissions, *_worth_showing(identity)})
        self._show(preferences)
        self.session_mark = mark_of(session_key) if self.is_signed_in else NOBODY_MARK

    def _shown(self) -> Preferences:
        return Preferences(
            self.time_zone,
            self.date_language,
            cast(Theme, self.theme),
            self.default_page,
            self.history_granularity,
            self.auto_refresh,
            self.refresh_seconds,
            cast(Density, self.density),
            self.tour_seen,
        )

    def _show(self, preferences: Preferences) -> None:
        self.time_zone, self.date_language = preferences.time_zone, preferences.date_language
        self.theme, self.default_page = preferences.theme, preferences.default_page
        self.history_granularity, self.density = preferences.history_granularity, preferences.density
        self.auto_refresh, self.refresh_seconds = preferences.auto_refresh, preferences.refresh_seconds
        self.tour_seen = preferences.tour_seen


def _worth_showing(identity: Identity) -> set[str]:
    """Words beside the permissions: places that have something to show."""
    if not identity.may(BOARD_READ):
        return set()
    told = runtime.is_running() and any(row.definition.source for row in runtime.current().board or ())
    return {SOURCE_THERE} if told or identity.may(SOURCE_WRITE) else set()


def mark_of(session_key: str) -> str:
    """A name for a session from which nothing can be learned about its cookie."""
    return hashlib.sha256(f"mark {session_key}".encode()).hexdigest()[:16]
