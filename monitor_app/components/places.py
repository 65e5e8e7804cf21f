"""Where one can go: the places of the rail, the tabs of administration, and the pages that the palette knows.

A place is shown once its page exists: `note_pages` tells which do, when the app gets its pages.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from monitor_app.security.permissions import (
    AUDIT_READ,
    BOARD_READ,
    MONITOR_READ,
    PROFILE_MANAGE,
    RELATION_WRITE,
    SERVICE_WRITE,
    SETTING_MANAGE,
    STATUS_PAGE_WRITE,
    USER_MANAGE,
)
from monitor_app.state.person import SOURCE_THERE


@dataclass(frozen=True, slots=True)
class Place:
    """Somewhere to go, for those who have the permission that it `needs`. `keys` lead there, `words` find it too."""

    title: str
    icon: str
    href: str
    needs: str = BOARD_READ
    keys: str = ""
    words: str = ""

    def as_prop(self) -> dict[str, str]:
        """As the browser's modules take it."""
        return {
            "title": self.title,
            "icon": self.icon,
            "href": self.href,
            "needs": self.needs,
            "keys": self.keys,
            "words": self.words,
        }


BOARD_PLACE: Final = Place("Board", "board", "/", keys="g b", words="home status dashboard")
MAP_PLACE: Final = Place("Map", "map", "/map", keys="g m", words="graph relations impact")
REPORTS_PLACE: Final = Place(
    "Reports", "chart", "/reports", MONITOR_READ, keys="g e", words="overview objectives slo sla availability heat map"
)
CONSUL_PLACE: Final = Place(
    "Consul", "consul", "/consul", SOURCE_THERE, keys="g c", words="services health checks catalogue source"
)
QUEUES_PLACE: Final = Place("Queues", "queue", "/queue-monitoring", keys="g q", words="circuit breaker jobs stop")
STATUS_PAGES_PLACE: Final = Place(
    "Status pages", "globe", "/admin/status-pages", STATUS_PAGE_WRITE, keys="g t", words="administration public notices"
)
ALERTS_PLACE: Final = Place("Alerts", "bell", "/alerts", MONITOR_READ, keys="g a", words="incidents firing pages")
# The rail's places; what follows them there is the first of the tabs that one may see.
PLACES: Final = (BOARD_PLACE, ALERTS_PLACE, MAP_PLACE, REPORTS_PLACE, CONSUL_PLACE, QUEUES_PLACE, STATUS_PAGES_PLACE)
# The tabs of alerting, after the alerts themselves.
ALERTING_PLACES: Final = (
    ALERTS_PLACE,
    Place("Rules", "sliders", "/alerting/rules", MONITOR_READ, words="alerting conditions thresholds"),
    Place("Channels", "bell", "/alerting/channels", MONITOR_READ, words="alerting notifications mail slack webhook"),
    Place(
        "On call", "user", "/alerting/on-call", MONITOR_READ, words="alerting escalation policies schedules rotation"
    ),
    Place("Maintenance", "wrench", "/alerting/maintenance", MONITOR_READ, words="alerting windows silences calendar"),
    Place("Sent", "history", "/alerting/sent", MONITOR_READ, words="alerting notifications log delivery messages"),
)
ADMIN_PLACES: Final = (
    Place("Services", "list", "/admin/services", SERVICE_WRITE, keys="g s", words="administration table"),
    Place("Relations", "link", "/admin/relations", RELATION_WRITE, keys="g r", words="administration dependencies"),
    Place("Groups", "tree", "/admin/groups", SERVICE_WRITE, keys="g g", words="administration tags environments"),
    Place("Users", "user", "/admin/users", USER_MANAGE, words="administration accounts invitations"),
    Place("Audit log", "shield", "/admin/audit", AUDIT_READ, words="administration history changes"),
    Place("Security", "lock", "/admin/security", SETTING_MANAGE, words="administration settings sessions"),
)
# What the pages of administration say they are part of.
ADMIN_PLACE: Final = Place("Admin", "shield", "/admin/users", SERVICE_WRITE)
# The menu of the person leads here.
PROFILE_PLACE: Final = Place("Profile", "user", "/profile", PROFILE_MANAGE, words="account password preferences keys")
HELP_PLACE: Final = Place("Help", "details", "/help", words="how the board works keys")

_routes: set[str] = set()
_helped: dict[str, str] = {}


def note_pages(routes: Iterable[str]) -> None:
    """Tell which pages there are."""
    _routes.update(routes)


def standing(places: Iterable[Place]) -> list[dict[str, str]]:
    """Those of `places` whose page exists, as the browser's modules take them."""
    return [place.as_prop() for place in places if place.href in _routes]


def has_page(route: str) -> bool:
    """Whether a page exists."""
    return route in _routes


def note_help(pages: Mapping[str, str | None]) -> None:
    """Tell which page of help tells of which page; None for one without a way to help."""
    _helped.update({route: name for route, name in pages.items() if name is not None})


def helped() -> list[dict[str, str]]:
    """Those pages as the browser's modules take them."""
    return [{"route": route, "name": name} for route, name in _helped.items()]
