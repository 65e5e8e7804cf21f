"""Who may do what: named permissions, the roles that hold them, and the identity that a use case is called with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from monitor_app.errors import PermissionDenied

BOARD_READ: Final = "board:read"
SERVICE_WRITE: Final = "service:write"
SERVICE_DELETE: Final = "service:delete"
SERVICE_DELETE_ANY: Final = "service:delete-any"
SOURCE_WRITE: Final = "source:write"
RELATION_WRITE: Final = "relation:write"
CHECK_RUN: Final = "check:run"
BREAKER_OPERATE: Final = "breaker:operate"
ALERT_ACKNOWLEDGE: Final = "alert:acknowledge"
ALERT_RULE_WRITE: Final = "alert-rule:write"
CHANNEL_WRITE: Final = "channel:write"
MAINTENANCE_WRITE: Final = "maintenance:write"
ON_CALL_WRITE: Final = "on-call:write"
NOTE_WRITE: Final = "note:write"
RESULT_DETAIL: Final = "result:detail"
OBJECTIVE_WRITE: Final = "objective:write"
STATUS_PAGE_WRITE: Final = "status-page:write"
PROFILE_MANAGE: Final = "profile:manage"
DEMO_MANAGE: Final = "demo:manage"
USER_MANAGE: Final = "user:manage"
SETTING_MANAGE: Final = "setting:manage"
AUDIT_READ: Final = "audit:read"
MONITOR_READ: Final = "monitor:read"
CONFIG_EXPORT: Final = "config:export"
CONFIG_APPLY: Final = "config:apply"
SECRET_EXPORT: Final = "secret:export"  # noqa: S105 - the name of a permission

# What each permission lets one do, in words for a message or a page about roles.
PERMISSIONS: Final[Mapping[str, str]] = {
    BOARD_READ: "see the board and what it holds",
    SERVICE_WRITE: "add and change services",
    SERVICE_DELETE: "delete services that they made themselves",
    SERVICE_DELETE_ANY: "delete services of others",
    SOURCE_WRITE: "add and change connections to other systems that tell of services",
    RELATION_WRITE: "add and change relations",
    CHECK_RUN: "run a check at once",
    BREAKER_OPERATE: "open and close circuit breakers",
    ALERT_ACKNOWLEDGE: "acknowledge, assign and silence alerts, and tell what became of incidents",
    ALERT_RULE_WRITE: "add and change alert rules",
    CHANNEL_WRITE: "add and change channels, which hold secrets",
    MAINTENANCE_WRITE: "plan maintenance",
    ON_CALL_WRITE: "change escalation policies and on-call schedules",
    NOTE_WRITE: "write notes about services and downtimes",
    RESULT_DETAIL: "see headers and bodies of answers",
    OBJECTIVE_WRITE: "add and change service level objectives",
    STATUS_PAGE_WRITE: "publish status pages and notices",
    PROFILE_MANAGE: "change their own account, sessions and keys",
    DEMO_MANAGE: "load and remove the demo",
    USER_MANAGE: "manage users",
    SETTING_MANAGE: "change the security settings",
    AUDIT_READ: "read the audit log",
    MONITOR_READ: "see how Lightbulb itself is doing",
    CONFIG_EXPORT: "export the configuration without its secrets",
    CONFIG_APPLY: "import and apply configuration files",
    SECRET_EXPORT: "export the configuration with its secrets, encrypted",
}
# What a program may never be given: a key must not make keys or change a password.
NOT_FOR_KEYS: Final = frozenset({PROFILE_MANAGE})

ANONYMOUS: Final = "anonymous"
VIEWER: Final = "viewer"
EDITOR: Final = "editor"
ADMIN: Final = "admin"

_VIEWER: Final = frozenset({BOARD_READ, PROFILE_MANAGE, MONITOR_READ})
_EDITOR: Final = _VIEWER | {
    SERVICE_WRITE,
    SERVICE_DELETE,
    SOURCE_WRITE,
    RELATION_WRITE,
    CHECK_RUN,
    BREAKER_OPERATE,
    ALERT_ACKNOWLEDGE,
    ALERT_RULE_WRITE,
    CHANNEL_WRITE,
    MAINTENANCE_WRITE,
    ON_CALL_WRITE,
    NOTE_WRITE,
    RESULT_DETAIL,
    OBJECTIVE_WRITE,
    STATUS_PAGE_WRITE,
    CONFIG_EXPORT,
    CONFIG_APPLY,
}
ROLES: Final[Mapping[str, frozenset[str]]] = {
    ANONYMOUS: frozenset(),
    VIEWER: _VIEWER,
    EDITOR: _EDITOR,
    ADMIN: frozenset(PERMISSIONS),
}
# Those that an account can have, the least first.
ACCOUNT_ROLES: Final = (VIEWER, EDITOR, ADMIN)

# How a caller proved who it is.
Via = Literal["nothing", "session", "wall", "key", "token", "program"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who acts, and what for the audit log needs to know of it.

    `credential` is the public name of the proof: a session's number, a key's id. `correlation_id` is the same for all
    that follows from one request or event.
    """

    name: str
    role: str
    permissions: frozenset[str]
    account_pk: int | None = None
    via: Via = "nothing"
    credential: str = ""
    address: str = ""
    correlation_id: str = ""

    @classmethod
    def of_role(cls, name: str, role: str, **more: Any) -> Self:
        """An identity with what `role` allows."""
        return cls(name, role, ROLES[role], **more)

    def may(self, permission: str) -> bool:
        """Whether this identity holds `permission`; an unknown one nobody holds."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raises PermissionDenied, naming what is not allowed and to whom."""
        if not self.may(permission):
            action = PERMISSIONS.get(permission, permission)
            raise PermissionDenied(f"{self.name} ({self.role}) may not {action}: needs the permission {permission}")


NOBODY: Final = Identity.of_role("anonymous", ANONYMOUS)
# The program itself: what it does at its start.
SYSTEM: Final = Identity.of_role("system", ADMIN, via="program")
# Whoever can run a command on this machine has the database anyway.
COMMAND_LINE: Final = Identity.of_role("command line", ADMIN, via="program")
