"""Every event handler of the program, called by everybody, with what it is made for and with what it is not.

The handlers come from Reflex's registry, with the real app and all its pages imported; what is expected from cases.py.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from types import SimpleNamespace
from typing import Any, cast

import pytest
from reflex.app import App
from reflex_base.registry import RegisteredEventHandler

from monitor_app.security.permissions import ADMIN, PERMISSIONS, ROLES
from monitor_app.state.guard import app_handlers, permission_of, short_name
from tests.integration.access import (
    cases_admin,
    cases_alerts,
    cases_board,
    cases_display,
    cases_form,
    cases_groups,
    cases_help,
    cases_holds,
    cases_map,
    cases_palette,
    cases_profile,
    cases_relations,
    cases_service_page,
    cases_services,
    cases_sources,
    cases_undo,
)
from tests.integration.access.absurd import absurd, absurd_fields
from tests.integration.access.cases import CASES, EVERYBODY, HOLDERS, Case
from tests.integration.access.stage import SCREEN_PEOPLE, Stage, Tab, ours

pytestmark = pytest.mark.usefixtures("sqlite_in_this_thread")
# All that is absurd in `make drill`, a third of it in every run.
PARTS = 1 if os.environ.get("DRILL") == "1" else 3
# Arguments, and what is absurd about them.
Payload = tuple[str, dict[str, Any]]

assert cases_admin
assert cases_board
assert cases_display
assert cases_groups
assert cases_alerts
assert cases_help
assert cases_holds
assert cases_form
assert cases_map
assert cases_palette
assert cases_profile
assert cases_relations
assert cases_service_page
assert cases_services
assert cases_sources
assert cases_undo


def known_handlers() -> dict[str, tuple[str, str | None]]:
    """By the name that people know: the full name, and what it declares."""
    return {short_name(one): (name, permission_of(one)) for name, one in ours(app_handlers())}


def undescribed(handlers: Iterable[RegisteredEventHandler]) -> list[str]:
    """Those without a case."""
    described = {case.handler for case in CASES}
    return sorted({short_name(one) for one in handlers} - described)


def test_every_handler_has_a_case_and_every_case_a_handler(real_app: App) -> None:
    missing = undescribed(one for _, one in ours(app_handlers()))
    assert not missing, f"write a case in tests/integration/access/cases_*.py for: {', '.join(missing)}"
    assert not {case.handler for case in CASES} - set(known_handlers())


def test_new_handler_without_a_case_is_noticed(real_app: App) -> None:
    seeded = SimpleNamespace(__name__="seeded", __module__="monitor_app.state.seeded")
    handler = SimpleNamespace(fn=seeded)
    new = cast(RegisteredEventHandler, SimpleNamespace(handler=handler, states=[SimpleNamespace(__name__="NewState")]))
    assert undescribed(one for _, one in ours([*app_handlers(), ("new", new)])) == ["NewState.seeded"]


def test_handlers_declare_what_the_table_says(real_app: App) -> None:
    known = known_handlers()
    told = {case.handler: (case.needs, known[case.handler][1]) for case in CASES if case.handler in known}
    assert {name: pair for name, pair in told.items() if pair[0] != pair[1]} == {}


def test_roles_hold_what_the_table_says() -> None:
    assert set(HOLDERS) == set(PERMISSIONS) | {EVERYBODY}
    for permission in PERMISSIONS:
        for role in ("viewer", "editor", "admin"):
            assert (role in HOLDERS[permission]) == (permission in ROLES[role]), (role, permission)


@pytest.mark.parametrize("who", SCREEN_PEOPLE)
async def test_who_may_calls_every_handler(stage: Stage, who: str) -> None:
    """Good arguments: a change leaves one line, all else leaves nothing."""
    known, problems = known_handlers(), []
    for case in CASES:
        if case.handler in known and case.may(who):
            problems += [f"{case.name}: {text}" for text in await let_in(stage, case, who, known[case.handler][0])]
    assert not problems, "\n".join(problems)


@pytest.mark.drill
async def test_who_may_not_is_turned_away_by_every_handler(stage: Stage) -> None:
    """With arguments that are good for who may, and with wrong ones: nothing changes, and each call is told of."""
    known, problems, seen = known_handlers(), [], set()
    tabs = {who: await stage.tab(who) for who in SCREEN_PEOPLE}
    for case in CASES:
        if case.handler not in known:
            continue
        is_new = case.handler not in seen  # else nothing more would be seen
        seen.add(case.handler)
        refused = {who: tab for who, tab in tabs.items() if not case.may(who)}
        found = await turned_away(stage, case, refused, known[case.handler][0], is_absurd=is_new and not case.is_slow)
        problems += [f"{case.name}: {text}" for text in found]
    assert not problems, "\n".join(problems)


@pytest.mark.drill
@pytest.mark.parametrize("who", SCREEN_PEOPLE)
async def test_who_may_calls_every_handler_absurdly(stage: Stage, who: str) -> None:
    """Wrong arguments end in no traceback and change nothing."""
    known, problems, seen = known_handlers(), [], set()
    for case in CASES:
        if case.handler not in known or case.is_slow or not case.may(who):
            continue
        if case.handler in seen and not case.changes:
            continue  # nothing else would be seen in another case
        seen.add(case.handler)
        problems += [f"{case.name}: {text}" for text in await attacked(stage, case, who, known[case.handler][0])]
    assert not problems, "\n".join(problems)


async def let_in(stage: Stage, case: Case, who: str, name: str) -> list[str]:
    """One good call of somebody who may; what was wrong with it."""
    tab = await stage.tab(who, is_fresh=case.is_fresh)
    payload = await case.prepare(tab)
    await stage.flush()
    before, last = stage.digest(), stage.last_line()
    await tab.call(name, payload)
    await stage.flush()
    wanted = [(tab.identity.name, "done", 1)] if case.changes and not case.own else []
    lines = told_since(stage, last)
    problems = [f"wrote {lines}, not {wanted}"] if lines != wanted else []
    if (is_changed := stage.digest() != before) != case.changes:
        problems.append("changed something" if is_changed else "changed nothing")
    if traceback := stage.tracebacks():
        problems.append(traceback)
    return problems


async def turned_away(stage: Stage, case: Case, tabs: Mapping[str, Tab], name: str, *, is_absurd: bool) -> list[str]:
    """Calls of all who may not, one of them good for who may; what was wrong with them."""
    if not tabs:
        return []
    good = await case.prepare(await stage.tab(ADMIN, is_fresh=case.is_fresh))
    await stage.flush()
    last, version, wanted = stage.last_line(), stage.version(), []
    for who, tab in tabs.items():
        wrong = [one for _, one in part_of(case, absurd(good, *turn_of(case, who)))] if is_absurd else []
        for payload in (good, *wrong):
            await tab.call(name, payload)
        wanted.append((tab.identity.name, "denied", 1 + len(wrong)))
    # The audit log is not told before the flush: nobody may have written a thing.
    problems = ["changed something"] if stage.version() != version else []
    await stage.flush()
    lines = told_since(stage, last)
    if sorted(lines) != sorted(wanted):
        problems.append(f"wrote {lines}, not {wanted}")
    if traceback := stage.tracebacks():
        problems.append(traceback)
    return problems


def told_since(stage: Stage, last: int) -> list[tuple[str, str, int]]:
    """Who, with which outcome and how often, of each line of the audit log after that one."""
    return [(line["who"], line["outcome"], line["times"]) for line in stage.lines(last)]


def turn_of(case: Case, who: str) -> tuple[int, int]:
    """Which of how many shares: all that may call it send all values between them, and so do all that may not."""
    alike = [one for one in SCREEN_PEOPLE if case.may(one) == case.may(who)]
    return alike.index(who), len(alike)


def part_of(case: Case, calls: Iterable[Payload]) -> Iterator[Payload]:
    """Those of this run: in another case others, so that each value is tried somewhere."""
    return islice(calls, len(case.name) % PARTS, None, PARTS)


async def attacked(stage: Stage, case: Case, who: str, name: str) -> list[str]:
    """Absurd calls of somebody who may."""
    attack = Attack(stage, case, who, name)
    await attack.begin()
    for text, payload in part_of(case, absurd(attack.good, *turn_of(case, who))):
        await attack.call(text, payload, is_form=bool(case.free) and text.startswith(f"{case.free}="))
    if isinstance(form := attack.good.get("form"), dict):
        for text, fields in part_of(case, absurd_fields(form, SCREEN_PEOPLE.index(who))):
            await attack.call(text, attack.good | {"form": fields}, is_form=True)
    return attack.problems


class Attack:
    """Many calls of one handler in one tab, as long as none changes anything."""

    def __init__(self, stage: Stage, case: Case, who: str, name: str) -> None:
        self.stage, self.case, self.who, self.name = stage, case, who, name
        self.problems: list[str] = []
        self.good: dict[str, Any] = {}
        self.tab: Tab = cast(Tab, None)

    async def begin(self) -> None:
        """Somebody for whom all is ready."""
        self.tab = await self.stage.tab(self.who, is_fresh=self.case.is_fresh)
        self.good = await self.case.prepare(self.tab)
        await self.stage.flush()

    async def call(self, text: str, payload: dict[str, Any], *, is_form: bool) -> None:
        """A call. A form may be good in spite of what was put into it, and counts as any other then."""
        version, last = self.stage.version(), self.stage.last_line()
        before = self.stage.digest() if is_form or self.case.own else {}
        await self.tab.call(self.name, payload)
        if traceback := self.stage.tracebacks():
            self.problems.append(f"{text}: {traceback[-1500:]}")
        if self.stage.version() == version:
            return
        after = self.stage.digest()
        lines = [(line["who"], line["outcome"]) for line in self.stage.lines(last)]
        changed = [table for table, rows in after.items() if rows != before.get(table)]
        if self.case.own and changed == [self.case.own] and not lines:
            return
        is_told = lines == [(self.tab.identity.name, "done" if changed else "denied")]
        if not is_form or not self.case.changes or not is_told:
            self.problems.append(f"{text}: changed {changed if is_form else ''} and wrote {lines}")
        await self.begin()
