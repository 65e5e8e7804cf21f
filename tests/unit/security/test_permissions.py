"""Roles hold permissions, and one function decides who stands behind a connection."""

import re
from pathlib import Path

import pytest

import monitor_app
from monitor_app.errors import PermissionDenied
from monitor_app.security.permissions import (
    ADMIN,
    ANONYMOUS,
    EDITOR,
    LOCAL_ADMIN,
    NOBODY,
    PERMISSIONS,
    ROLES,
    VIEWER,
    Identity,
    identify,
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
    assert not LOCAL_ADMIN.may("world:rule")


@pytest.mark.parametrize(
    ("peer", "host", "origin"),
    [
        ("127.0.0.1", "localhost:3000", "http://localhost:3000"),
        ("127.0.0.1", "127.0.0.1:3000", "http://127.0.0.1:3000"),
        ("::1", "[::1]:3000", "http://[::1]:3000"),
        ("127.8.8.8", "LOCALHOST:3000", "http://LocalHost"),
        ("::ffff:127.0.0.1", "", ""),
        ("127.0.0.1", "lightbulb.localhost:3000", "https://lightbulb.localhost"),
        ("127.0.0.1", "localhost:8000", "http://127.0.0.1:3000"),
    ],
)
def test_whoever_reaches_loopback_is_the_local_administrator(peer: str, host: str, origin: str) -> None:
    assert identify(peer, host, origin) == LOCAL_ADMIN


@pytest.mark.parametrize(
    ("peer", "host", "origin"),
    [
        ("", "", ""),
        ("192.0.2.7", "localhost:3000", "http://localhost:3000"),
        ("::ffff:192.0.2.7", "", ""),
        ("2001:db8::1", "", ""),
        ("localhost.evil.example", "", ""),
        # A page of another site in the administrator's own browser.
        ("127.0.0.1", "localhost:3000", "https://evil.example"),
        ("127.0.0.1", "localhost:3000", "null"),
        ("127.0.0.1", "localhost:3000", "https://localhost.evil.example"),
        ("127.0.0.1", "localhost:3000", "https://localhost@evil.example"),
        # A name of another site that was made to point at this machine.
        ("127.0.0.1", "evil.example:3000", "http://evil.example:3000"),
        ("127.0.0.1", "evil.example:3000", ""),
        ("127.0.0.1", "[nonsense", ""),
        ("127.0.0.1", "", "http://[nonsense"),
    ],
)
def test_others_are_nobody(peer: str, host: str, origin: str) -> None:
    assert identify(peer, host, origin) == NOBODY


def test_public_url_is_a_name_of_this_machine() -> None:
    public = "https://status.example.org"
    assert identify("127.0.0.1", "status.example.org", "https://status.example.org", public) == LOCAL_ADMIN
    assert identify("127.0.0.1", "evil.example", "https://status.example.org", public) == NOBODY
    assert identify("192.0.2.7", "status.example.org", "https://status.example.org", public) == NOBODY


def test_the_rule_of_the_local_administrator_stands_in_one_place() -> None:
    root = Path(monitor_app.__file__).parent
    users = [path.name for path in root.rglob("*.py") if re.search(r"\bLOCAL_ADMIN\b", path.read_text())]
    assert users == ["permissions.py"]
