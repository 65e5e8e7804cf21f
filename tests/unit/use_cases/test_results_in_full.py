"""Who sees what of a result in full."""

from dataclasses import replace

import pytest

from monitor_app.domain.report import ResultDetail, document, facts, text
from monitor_app.domain.status import Status
from monitor_app.security.permissions import BOARD_READ, EDITOR, NOBODY, ROLES, VIEWER
from monitor_app.use_cases.results import sections_for
from tests.samples import NOON

TOLD = document([facts("Facts", {"Address": "10.0.0.7"}), text("Begin of the body", "hello")])


@pytest.mark.parametrize(
    ("permissions", "seen"),
    [
        (ROLES[EDITOR], ["10.0.0.7", "hello"]),
        (ROLES[VIEWER], ["10.0.0.7"]),
        (frozenset({BOARD_READ}), []),
    ],
    ids=["editor", "viewer", "open-board"],
)
def test_each_sees_what_is_for_them(permissions: frozenset[str], seen: list[str]) -> None:
    who = replace(NOBODY, permissions=permissions)
    sections = sections_for(who, ResultDetail(1, 1, NOON, Status.OK, TOLD))
    assert [section["title"] for section in sections] == ["Facts", "Begin of the body"]
    shown = repr(sections)
    assert [one for one in ("10.0.0.7", "hello") if one in shown] == seen
    assert sum(section["is_hidden"] for section in sections) == 2 - len(seen)
