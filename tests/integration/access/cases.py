"""What each event handler is for: who may call it, with which arguments, and whether it changes something.

This is a table of its own: what a handler declares is compared with it. A handler that has no case turns the test red;
write one below, in the file of its page (`cases_*.py`): `@case("State.handler", PERMISSION, changes=True)` over a
function that makes all that the call needs and returns its arguments. It gets the tab of somebody who may.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from monitor_app.security import permissions
from monitor_app.security.permissions import ADMIN, EDITOR, VIEWER
from tests.integration.access.stage import NOBODY_AT_ALL, WALL, Tab

EVERYBODY: Final = ""
# Who holds each permission, as docs/accounts.md has it.
HOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    EVERYBODY: (NOBODY_AT_ALL, WALL, VIEWER, EDITOR, ADMIN),
    permissions.BOARD_READ: (WALL, VIEWER, EDITOR, ADMIN),
    permissions.PROFILE_MANAGE: (VIEWER, EDITOR, ADMIN),
    permissions.MONITOR_READ: (VIEWER, EDITOR, ADMIN),
    permissions.SERVICE_WRITE: (EDITOR, ADMIN),
    permissions.SERVICE_DELETE: (EDITOR, ADMIN),
    permissions.RELATION_WRITE: (EDITOR, ADMIN),
    permissions.CHECK_RUN: (EDITOR, ADMIN),
    permissions.BREAKER_OPERATE: (EDITOR, ADMIN),
    permissions.ALERT_ACKNOWLEDGE: (EDITOR, ADMIN),
    permissions.NOTE_WRITE: (EDITOR, ADMIN),
    permissions.RESULT_DETAIL: (EDITOR, ADMIN),
    permissions.OBJECTIVE_WRITE: (EDITOR, ADMIN),
    permissions.ALERT_RULE_WRITE: (EDITOR, ADMIN),
    permissions.CHANNEL_WRITE: (EDITOR, ADMIN),
    permissions.MAINTENANCE_WRITE: (EDITOR, ADMIN),
    permissions.ON_CALL_WRITE: (EDITOR, ADMIN),
    permissions.STATUS_PAGE_WRITE: (EDITOR, ADMIN),
    permissions.CONFIG_EXPORT: (EDITOR, ADMIN),
    permissions.CONFIG_APPLY: (EDITOR, ADMIN),
    permissions.SERVICE_DELETE_ANY: (ADMIN,),
    permissions.SOURCE_WRITE: (EDITOR, ADMIN),
    permissions.DEMO_MANAGE: (ADMIN,),
    permissions.USER_MANAGE: (ADMIN,),
    permissions.SETTING_MANAGE: (ADMIN,),
    permissions.AUDIT_READ: (ADMIN,),
    permissions.SECRET_EXPORT: (ADMIN,),
}
Prepare = Callable[[Tab], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Case:
    """A good call. `prepare` makes what it needs and returns its arguments."""

    handler: str
    needs: str
    changes: bool
    prepare: Prepare
    # Does more than what a test should do often.
    is_slow: bool = False
    # Changes the caller's own account, so that each call wants a new one.
    is_fresh: bool = False
    # An argument that may be good in many ways.
    free: str = ""
    # The table of what somebody keeps for themselves alone, which may change without a line in the audit log.
    own: str = ""

    @property
    def name(self) -> str:
        """Tells cases of one handler apart."""
        return f"{self.handler} {self.prepare.__name__}"

    def may(self, who: str) -> bool:
        """Whether somebody of this role may call it."""
        return who in HOLDERS[self.needs]


CASES: list[Case] = []


def case(
    handler: str,
    needs: str,
    *,
    changes: bool = False,
    is_slow: bool = False,
    is_fresh: bool = False,
    free: str = "",
    own: str = "",
) -> Callable[[Prepare], Prepare]:
    """Add a case; its function may have more than one."""

    def add(prepare: Prepare) -> Prepare:
        CASES.append(Case(handler, needs, changes, prepare, is_slow, is_fresh, free, own))
        return prepare

    return add


async def nothing(tab: Tab) -> dict[str, Any]:
    """No arguments, and nothing has to be there."""
    return {}


def plain(needs: str, *handlers: str) -> None:
    """Handlers that take nothing and only show something."""
    for handler in handlers:
        case(handler, needs)(nothing)
