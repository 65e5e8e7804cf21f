"""The dialog that adds relations, several at once, and changes one; a circle is drawn before anything is saved."""

from collections.abc import Mapping
from typing import Any, Final

import reflex as rx

from monitor_app.domain.relation import DEPENDENCY, RELATION_TYPES
from monitor_app.domain.relation_templates import TEMPLATES
from monitor_app.errors import InvalidInput, NotFound, Stale
from monitor_app.security.permissions import BOARD_READ, RELATION_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.relation_picking import (
    SOURCE,
    TARGET,
    Ends,
    answers_for,
    chip,
    circle_of,
    judged,
    type_cards,
    what_changed,
)
from monitor_app.state.relation_rows import link_of
from monitor_app.state.runtime import current
from monitor_app.state.service_choice import Choice, in_words, service_of
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.relations import RelationView

PICKS_LIMIT: Final = 100
GONE: Final = "Somebody deleted this relation meanwhile. Saving adds it anew."
STALE: Final = "Somebody else changed this relation meanwhile. Saving puts what you see here in place of it."


class RelationDialog(rx.State):
    """New relations: one service and those at the other end. Or one relation that there is.

    `ends` tells which end has one service: with "source" it is "web depends on: api, db", with "target" it is
    "db is needed by: web, api".
    """

    is_open: bool = False
    is_new: bool = True
    title: str = ""
    relation_type: str = DEPENDENCY
    one_end: str = SOURCE
    enabled: bool = True
    note: str = ""
    anchor: list[Choice] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    picks: list[Choice] = []  # noqa: RUF012
    types: list[dict[str, Any]] = []  # noqa: RUF012
    answers: dict[str, Any] = {}  # noqa: RUF012
    circle: dict[str, Any] = {}  # noqa: RUF012
    # What somebody else made of it while this was open.
    theirs: list[dict[str, str]] = []  # noqa: RUF012
    managed_by: str = ""
    drift: str = ""
    errors: dict[str, str] = {}  # noqa: RUF012
    refusals: int = 0
    # Counts the forms that were shown: each begins with its own values.
    shown: int = 0
    _relation_id: int = 0
    _version: str = ""
    _before: dict[str, Any] = {}  # noqa: RUF012

    @rx.event
    @requires(RELATION_WRITE)
    async def open_new(self, source: Any, target: Any) -> None:
        """Show the form for new ones. Each end is a service by its id or its number, or "" for one to be chosen."""
        ends = service_of(current().board, source), service_of(current().board, target)
        self._begin(is_new=True, title="New relation")
        self.one_end = TARGET if ends[0] is None and ends[1] is not None else SOURCE
        one, other = ends if self.one_end == SOURCE else ends[::-1]
        self.anchor = [chip(one)] if one is not None else []
        self.picks = [chip(other)] if other is not None and other is not one else []
        await self._judge()
        self.is_open = True

    @rx.event
    @requires(RELATION_WRITE)
    async def open_edit(self, relation_id: Any) -> None:
        """Show one that there is."""
        await self._open(relation_id)

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Hide the dialog."""
        self.is_open = False
        self.answers = {}

    @rx.event
    @requires(RELATION_WRITE)
    async def ask(self, field: Any, text: Any) -> None:
        """Somebody types in a picker: which services that finds, and which of them could not be chosen."""
        if field in ("anchor", "picks") and isinstance(text, str) and self.is_open:
            chosen = self.anchor if field == "anchor" else self.picks
            self.answers = await answers_for(self._ends(), field, text, chosen, self._relation_id or None)

    @rx.event
    @requires(RELATION_WRITE)
    async def pick(self, field: Any, service: Any) -> None:
        """A service was chosen in a picker; in one for several, a second time takes it out again."""
        row = service_of(current().board, service)
        if row is None or not self.is_open:
            return
        sid = row.definition.service_id
        if field == "anchor":
            self.anchor = [chip(row)]
            self.picks = [each for each in self.picks if each["sid"] != sid]
        elif field == "picks" and sid not in [each["sid"] for each in self.anchor]:
            others = [each for each in self.picks if each["sid"] != sid]
            if not self.is_new:
                self.picks = [chip(row)]
            elif len(others) < len(self.picks):
                self.picks = others
            else:
                self.picks = [*others, chip(row)][:PICKS_LIMIT]
        await self._judge()

    @rx.event
    @requires(RELATION_WRITE)
    async def drop(self, field: Any, service: Any) -> None:
        """Take a chosen service out again."""
        if field == "anchor":
            self.anchor = []
        elif field == "picks":
            self.picks = [each for each in self.picks if each["sid"] != service]
        await self._judge()

    @rx.event
    @requires(RELATION_WRITE)
    async def choose_type(self, relation_type: Any) -> None:
        """What the relation is to mean."""
        if relation_type in RELATION_TYPES:
            self.relation_type = relation_type
            await self._judge()

    @rx.event
    @requires(RELATION_WRITE)
    async def choose_enabled(self, enabled: Any) -> None:
        """Whether it is to count; one that does not closes no circle."""
        if isinstance(enabled, bool):
            self.enabled = enabled
            await self._judge()

    @rx.event
    @requires(RELATION_WRITE)
    async def turn(self) -> None:
        """Point the arrow the other way."""
        if self.is_new:
            self.one_end = TARGET if self.one_end == SOURCE else SOURCE
        else:
            self.anchor, self.picks = self.picks, self.anchor
        await self._judge()

    @rx.event
    @requires(RELATION_WRITE)
    async def take_theirs(self) -> None:
        """Give up what is typed here for what somebody else has saved."""
        if self._relation_id:
            await self._open(self._relation_id)

    @rx.event
    @requires(RELATION_WRITE)
    async def cut(self, relation_id: Any, how: Any) -> Any:
        """Disable or delete a relation on the circle that is drawn, then go on here."""
        offered = [each["id"] for each in self.circle.get("cuts", [])]
        if type(relation_id) is not int or relation_id not in offered or how not in ("disable", "delete"):
            return None
        relations, link = current().relations, link_of(current().board, current().board.relations.get(relation_id))
        named = f"{link.source.definition.label} -> {link.target.definition.label}" if link else "The relation"
        try:
            with noted_changes() as changes:
                if how == "disable":
                    await relations.update(caller(), relation_id, {"enabled": False})
                else:
                    await relations.delete(caller(), relation_id)
        except NotFound:  # somebody else has cut it
            changes = []
        else:
            await say(self, f"{named} is {'disabled' if how == 'disable' else 'deleted'}", undo=changes)
        reload = await show_own_change()
        await self._judge()
        return reload

    @rx.event
    @requires(RELATION_WRITE)
    async def delete(self) -> Any:
        """Take away the relation that is shown."""
        if not self.is_open or not self._relation_id:
            return None
        try:
            with noted_changes() as changes:
                await current().relations.delete(caller(), self._relation_id)
        except NotFound as err:
            await say(self, str(err), tone="failed")
        else:
            await say(self, f"{self._before['sentence']}: deleted", undo=changes)
        self.is_open = False
        return await show_own_change()

    @rx.event
    @requires(RELATION_WRITE)
    async def save(self, form: Any) -> Any:
        """Add all of them or none, or change the one."""
        if not isinstance(form, dict) or not self.is_open:
            return None
        if missing := self._missing():
            self._refuse(missing)
            return None
        many = [ends | {"relation_type": self.relation_type} for ends in self._ends().pairs()]
        common = {"enabled": self.enabled, "note": form.get("note", "")}
        try:
            with noted_changes() as changes:
                if self.is_new:
                    await current().relations.create_many(caller(), [each | common for each in many])
                else:
                    await self._update(many[0] | common)
        except Stale:
            await self._show_theirs()
            return None
        except NotFound:
            self._relation_id, self.is_new, self.title = 0, True, "New relation"
            self._refuse({"": GONE})
            return None
        except InvalidInput as err:
            await self._judge_anew()
            self._refuse(self._messages(err))
            return None
        self.is_open = False
        await say(self, self._done(), undo=changes)
        return await show_own_change()

    async def _open(self, relation_id: Any) -> None:
        try:
            view = await current().relations.get(caller(), relation_id)
        except (InvalidInput, NotFound) as err:
            await say(self, str(err), tone="failed")
        else:
            await self._show(view)

    async def _open_enabled(self, relation_id: int) -> None:
        """Show one that cannot be enabled as it is, with the reason."""
        await self._open(relation_id)
        if self.is_open and self._relation_id == relation_id:
            self.enabled = True
            await self._judge()

    async def _update(self, values: Mapping[str, Any]) -> None:
        view = await current().relations.update(caller(), self._relation_id, values, expected_version=self._version)
        self._version = view.version

    async def _show_theirs(self) -> None:
        try:
            view = await current().relations.get(caller(), self._relation_id)
        except NotFound:
            self._relation_id, self.is_new, self.title = 0, True, "New relation"
            self._refuse({"": GONE})
            return
        self.theirs = what_changed(self._before, view.document)
        self._version = view.version
        self._refuse({"": STALE})

    async def _show(self, view: RelationView) -> None:
        relation, board = view.relation, current().board
        source, target = board.get(relation.source_pk), board.get(relation.target_pk)
        if source is None or target is None:  # the board is a moment behind
            await current().follower.read_now()
            source, target = board.get(relation.source_pk), board.get(relation.target_pk)
        if source is None or target is None:
            return
        self._begin(is_new=False, title="Edit relation")
        self._relation_id, self._version = relation.pk, view.version
        sentence = TEMPLATES[relation.relation_type].sentence(source.definition.label, target.definition.label)
        self._before = view.document | {"sentence": sentence}
        self.relation_type, self.enabled, self.note = relation.relation_type, relation.enabled, relation.note
        self.managed_by, self.drift = relation.managed_by, ", ".join(view.drift)
        self.anchor, self.picks = [chip(source)], [chip(target)]
        await self._judge()
        self.is_open = True

    def _begin(self, *, is_new: bool, title: str) -> None:
        self.is_new, self.title = is_new, title
        self.relation_type, self.one_end, self.enabled, self.note = DEPENDENCY, SOURCE, True, ""
        self.answers, self.circle, self.theirs, self.errors = {}, {}, [], {}
        self.managed_by = self.drift = ""
        self._relation_id, self._version, self._before = 0, "", {}
        self.shown += 1

    async def _judge(self) -> None:
        """Look at everything that is chosen anew: what would be refused, and the circle that it would close."""
        ends = self._ends()
        self.picks, found = await judged(ends, self.picks, self._relation_id or None)
        self.circle = circle_of(ends, found)
        self.types = type_cards(ends)
        self.errors = {}
        self.answers = {}

    async def _judge_anew(self) -> None:
        """The same after a refusal: somebody else may have saved something a moment ago."""
        await show_own_change()
        await self._judge()

    def _ends(self) -> Ends:
        return Ends(self.anchor, self.picks, self.one_end, self.relation_type, self.enabled)

    def _missing(self) -> dict[str, str]:
        missing = {} if self.anchor else {"anchor": "choose a service"}
        return missing if self.picks else missing | {"picks": "choose at least one service"}

    def _messages(self, err: InvalidInput) -> dict[str, str]:
        """By the fields of the form; what stands beside a chip is not said twice."""
        notes = [text for name, text in err.fields.items() if name.endswith("note")]
        rest = [text for name, text in err.fields.items() if not name.endswith("note")]
        if any(each["why"] for each in self.picks):
            picks = "Nothing is saved: take out what cannot be, or cut the circle." if len(self.picks) > 1 else ""
            return {"note": notes[0] if notes else "", "picks": picks}
        return {"note": notes[0] if notes else "", "": "; ".join(rest)}

    def _refuse(self, messages: Mapping[str, str]) -> None:
        self.errors = {name: text for name, text in messages.items() if text}
        self.refusals += 1

    def _done(self) -> str:
        template, names = TEMPLATES[self.relation_type], [each["label"] for each in self.picks]
        one = self.anchor[0]["label"]
        if not self.is_new:
            return f"{template.sentence(one, names[0])}: saved"
        verb = template.verb if self.one_end == SOURCE else template.reversed_verb
        return f"{one} {verb} {in_words(names)}" if len(names) < 5 else f"{one} {verb} {len(names)} services"
