"""Every event handler of the program, called by everybody, with what it is made for and with what it is not.

The handlers come from Reflex's registry, with the real app and all its pages imported; what is expected from cases.py.
"""

import os
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from reflex.app import App
from reflex_base.registry import RegisteredEventHandler

from monitor_app.security.permissions import ADMIN, PERMISSIONS, ROLES
from monitor_app.state.guard import app_handlers, permission_of, short_name
from tests.integration.access import (
    cases_admin,
    cases_board,
    cases_form,
    cases_groups,
    cases_holds,
    cases_map,
    cases_palette,
    cases_profile,
    cases_relations,
    cases_services,
    cases_undo,
)
from tests.integration.access.absurd import absurd, absurd_fields
from tests.integration.access.cases import CASES, EVERYBODY, HOLDERS, Case
from tests.integration.access.stage import SCREEN_PEOPLE, Stage, Tab, ours

# All values in `make drill`, a third of them in every run.
PARTS = 1 if os.environ.get("DRILL") == "1" else 3

assert cases_admin
assert cases_board
assert cases_groups
assert cases_holds
assert cases_form
assert cases_map
assert cases_palette
assert cases_profile
assert cases_relations
assert cases_services
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
async def test_everybody_calls_every_handler(stage: Stage, who: str) -> None:
    """Good arguments: who may not changes nothing and is told of once; who may leaves one line for a change."""
    known, problems = known_handlers(), []
    for case in CASES:
        if case.handler in known:
            problems += [f"{case.name}: {text}" for text in await call(stage, case, who, known[case.handler][0])]
    assert not problems, "\n".join(problems)


@pytest.mark.drill
@pytest.mark.parametrize("who", SCREEN_PEOPLE)
async def test_everybody_calls_every_handler_absurdly(stage: Stage, who: str) -> None:
    """Wrong arguments end in no traceback and change nothing, whoever sends them."""
    known, problems, seen = known_handlers(), [], set()
    for case in CASES:
        if case.handler not in known or case.is_slow:
            continue
        if case.handler in seen and not (case.changes and case.may(who)):
            continue  # nothing else would be seen in another case
        seen.add(case.handler)
        attack = attacked if case.may(who) else turned_away
        problems += [f"{case.name}: {text}" for text in await attack(stage, case, who, known[case.handler][0])]
    assert not problems, "\n".join(problems)


async def call(stage: Stage, case: Case, who: str, name: str) -> list[str]:
    """One good call; what was wrong with it."""
    tab = await stage.tab(who, is_fresh=case.is_fresh)
    payload = await case.prepare(tab if case.may(who) else await stage.tab(ADMIN, is_fresh=case.is_fresh))
    await stage.flush()
    before, last = stage.digest(), stage.last_line()
    await tab.call(name, payload)
    await stage.flush()
    lines = [(line["who"], line["outcome"], line["times"]) for line in stage.lines(last)]
    is_changed = stage.digest() != before
    wanted = [(tab.identity.name, "done" if case.may(who) else "denied", 1)]
    if case.may(who) and (case.own or not case.changes):
        wanted = []
    problems = [f"wrote {lines}, not {wanted}"] if lines != wanted else []
    if is_changed != (case.may(who) and case.changes):
        problems.append("changed something" if is_changed else "changed nothing")
    if traceback := stage.tracebacks():
        problems.append(traceback)
    return problems


def turn_of(case: Case, who: str) -> tuple[int, int]:
    """Which of how many shares: all that may call it send all values between them, and so do all that may not."""
    alike = [one for one in SCREEN_PEOPLE if case.may(one) == case.may(who)]
    shares = len(alike) * PARTS
    # Another part for each case, so that each value is tried somewhere.
    return (alike.index(who) + len(alike) * (len(case.name) % PARTS)) % shares, shares


async def turned_away(stage: Stage, case: Case, who: str, name: str) -> list[str]:
    """Absurd calls of somebody who may not: denied like any other."""
    good = await case.prepare(await stage.tab(ADMIN, is_fresh=case.is_fresh))
    tab = await stage.tab(who)
    await stage.flush()
    before, last, count = stage.digest(), stage.last_line(), 0
    for _, payload in absurd(good, *turn_of(case, who)):
        await tab.call(name, payload)
        count += 1
    await stage.flush()
    lines = [(line["who"], line["outcome"], line["times"]) for line in stage.lines(last)]
    wanted = [(tab.identity.name, "denied", count)] if count else []
    problems = [] if lines == wanted else [f"wrote {lines} of {count}"]
    if stage.digest() != before:
        problems.append("changed something")
    if traceback := stage.tracebacks():
        problems.append(traceback)
    return problems


async def attacked(stage: Stage, case: Case, who: str, name: str) -> list[str]:
    """Absurd calls of somebody who may."""
    attack = Attack(stage, case, who, name)
    await attack.begin()
    for text, payload in absurd(attack.good, *turn_of(case, who)):
        await attack.call(text, payload, is_form=bool(case.free) and text.startswith(f"{case.free}="))
    if isinstance(form := attack.good.get("form"), dict):
        for text, fields in absurd_fields(form, SCREEN_PEOPLE.index(who)):
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
