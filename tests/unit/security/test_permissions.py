"""Roles hold permissions, and whoever is not logged in holds none."""

import pytest

from monitor_app.errors import PermissionDenied
from monitor_app.security.permissions import (
    ADMIN,
    ANONYMOUS,
    COMMAND_LINE,
    EDITOR,
    NOBODY,
    PERMISSIONS,
    ROLES,
    SYSTEM,
    VIEWER,
    Identity,
)


def test_each_role_holds_all_of_the_role_below() -> None:
    assert ROLES[ANONYMOUS] == frozenset()
    assert ROLES[ANONYMOUS] < ROLES[VIEWER] < ROLES[EDITOR] < ROLES[ADMIN] == frozenset(PERMISSIONS)


def test_lacking_permission_is_told_in_words() -> None:
    with pytest.raises(
        PermissionDenied,
        match=r"vic \(viewer\) may not delete services that they made themselves: needs .* service:delete",
    ):
        Identity.of_role("vic", VIEWER).require("service:delete")


def test_permission_that_does_not_exist_nobody_holds() -> None:
    assert not SYSTEM.may("world:rule")


def test_nobody_may_nothing() -> None:
    assert (NOBODY.permissions, NOBODY.via, NOBODY.account_pk) == (frozenset(), "nothing", None)


def test_only_the_program_and_its_command_line_need_no_account() -> None:
    assert {SYSTEM.via, COMMAND_LINE.via} == {"program"}
