"""Who may do what: named permissions, the roles that hold them, and the identity that a use case is called with."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final, Self
from urllib.parse import urlsplit

from monitor_app.errors import PermissionDenied

BOARD_READ: Final = "board:read"
SERVICE_WRITE: Final = "service:write"
SERVICE_DELETE: Final = "service:delete"
CHECK_RUN: Final = "check:run"
BREAKER_OPERATE: Final = "breaker:operate"
DEMO_MANAGE: Final = "demo:manage"

# What each permission lets one do, in words for a message or a page about roles.
PERMISSIONS: Final[Mapping[str, str]] = {
    BOARD_READ: "see the board and what it holds",
    SERVICE_WRITE: "add and change services",
    SERVICE_DELETE: "delete services",
    CHECK_RUN: "run a check at once",
    BREAKER_OPERATE: "open and close circuit breakers",
    DEMO_MANAGE: "load and remove the demo",
}

ANONYMOUS: Final = "anonymous"
VIEWER: Final = "viewer"
EDITOR: Final = "editor"
ADMIN: Final = "admin"

ROLES: Final[Mapping[str, frozenset[str]]] = {
    ANONYMOUS: frozenset(),
    VIEWER: frozenset({BOARD_READ}),
    EDITOR: frozenset({BOARD_READ, SERVICE_WRITE, SERVICE_DELETE, CHECK_RUN, BREAKER_OPERATE}),
    ADMIN: frozenset(PERMISSIONS),
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who acts. `is_local` tells that the person is known by sitting at this machine only, not by an account."""

    name: str
    role: str
    permissions: frozenset[str]
    is_local: bool = False

    @classmethod
    def of_role(cls, name: str, role: str, *, is_local: bool = False) -> Self:
        """An identity with what `role` allows."""
        return cls(name, role, ROLES[role], is_local)

    def may(self, permission: str) -> bool:
        """Whether this identity holds `permission`; an unknown one nobody holds."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raises PermissionDenied, naming what is not allowed and to whom."""
        if not self.may(permission):
            action = PERMISSIONS.get(permission, permission)
            raise PermissionDenied(f"{self.name} ({self.role}) may not {action}: needs the permission {permission}")


NOBODY: Final = Identity.of_role("anonymous", ANONYMOUS)
LOCAL_ADMIN: Final = Identity.of_role("local administrator", ADMIN, is_local=True)
# The program itself: what it does at its start or from the command line.
SYSTEM: Final = Identity.of_role("system", ADMIN, is_local=True)


def identify(peer: str, host: str = "", origin: str = "", public_url: str = "") -> Identity:
    """Who stands behind a connection. There are no accounts: whoever reaches the loopback address is the administrator.

    `peer` is the address the connection came from, `host` and `origin` are its headers. A browser sends them, and a
    page of another site that connects to this machine (or a name that was made to point at it) gives itself away by
    them: both must name this machine or the address of `public_url`. This is the only place that knows the rule.
    """
    ours = _host_of(public_url)
    named = ([_host_of(f"//{host}")] if host else []) + ([_host_of(origin)] if origin else [])
    if _is_loopback(peer) and all(name and (name == ours or _is_loopback(name)) for name in named):
        return LOCAL_ADMIN
    return NOBODY


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)
