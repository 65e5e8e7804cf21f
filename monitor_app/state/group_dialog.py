"""The form of a group, and the question before one is deleted."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import reflex as rx

from monitor_app.domain.group import WORST, rollup_of
from monitor_app.engine.board import Board
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.security.permissions import BOARD_READ, SERVICE_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.guard import caller, requires
from monitor_app.state.runtime import current
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.group_input import GroupInput
from monitor_app.use_cases.groups import GroupView, view_of

# So many groups are offered to be a parent.
CHOICES_LIMIT: Final = 1000
# Which field each thing in the menu begins with.
_FOCUS: Final = {"rename": "name", "move": "parent", "rule": "how", "edit": "name", "": "name"}
# What the use case calls a field, and what the form does.
_KEYS: Final = {
    "rollup": "how",
    "rollup.how": "how",
    "rollup.degraded_below": "degraded_below",
    "rollup.failed_below": "failed_below",
    "rollup.weights": "weights",
}
TO_PARENT, TO_NONE = "parent", "none"


def known_group(name: Any) -> bool:
    """Whether a payload names a group that there is."""
    return isinstance(name, str) and name in current().board.group_tree()


class GroupDialog(rx.State):
    """Adds or changes one group. What is typed stays in the browser; only messages come from here."""

    is_open: bool = False
    is_new: bool = True
    title: str = ""
    focus: str = ""
    values: dict[str, str] = {}  # noqa: RUF012 - Reflex makes a copy for each browser
    parents: list[str] = []  # noqa: RUF012
    managed_by: str = ""
    errors: dict[str, str] = {}  # noqa: RUF012
    refusals: int = 0
    # The one that is changed, and its version when the form was opened.
    _name: str = ""
    _version: str = ""

    @rx.event
    @requires(SERVICE_WRITE)
    def open_new(self) -> None:
        """Show an empty form."""
        self._open("")

    @rx.event
    @requires(SERVICE_WRITE)
    def open_edit(self, name: Any) -> None:
        """Show the form of a group."""
        if known_group(name):
            self._open(name, focus="edit")

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Hide the form."""
        self.is_open = False

    @rx.event
    @requires(SERVICE_WRITE)
    def leave(self, key: Any, form: Any) -> None:
        """A field was left: say at once when it is wrong."""
        if not isinstance(key, str) or not isinstance(form, dict):
            return
        others = {name: text for name, text in self.errors.items() if name != key}
        try:
            GroupInput.parse(_given(form))
        except InvalidInput as err:
            messages = _keyed(err.fields)
            self.errors = others | ({key: messages[key]} if key in messages else {})
        else:
            self.errors = others

    @rx.event
    @requires(SERVICE_WRITE)
    async def save(self, form: Any) -> Any:
        """Add the group, or change it."""
        if not isinstance(form, dict) or not self.is_open:
            return None
        groups = current().groups
        try:
            with noted_changes() as changes:
                if self.is_new:
                    saved = await groups.create(caller(), _given(form))
                else:
                    saved = await groups.update(caller(), self._name, _given(form), expected_version=self._version)
        except (InvalidInput, NotFound) as err:
            self.errors = _keyed(err.fields) if isinstance(err, InvalidInput) else {"": str(err)}
            self.refusals += 1
            return None
        self.is_open = False
        await say(self, f"{saved.name} is {'added' if self.is_new else 'saved'}", undo=changes)
        if not self.is_new and saved.name != self._name and self.router.url.query_parameters.get("group") == self._name:
            await current().follower.read_now()
            return rx.redirect(group_address(saved.name), replace=True)
        return await show_own_change()

    def _open(self, name: str, *, parent: str = "", focus: str = "") -> None:
        board = current().board
        view = _view(board, name) if name else GroupView("", parent=parent)
        tree = board.group_tree()
        hidden = tree.below(name) if name else frozenset()
        self._name, self._version, self.is_new = name, view.version, not name
        self.title = f"Edit {name}" if name else (f"New group in {parent}" if parent else "New group")
        self.values = _values(view)
        self.parents = [each for each in tree if each not in hidden][:CHOICES_LIMIT]
        self.managed_by, self.focus = view.managed_by, _FOCUS.get(focus, "name")
        self.errors = {}
        self.is_open = True


class DeleteGroup(rx.State):
    """Asks before a group goes, and where its services are to be then."""

    is_open: bool = False
    name: str = ""
    parent: str = ""
    services: int = 0
    inner: int = 0
    others: list[str] = []  # noqa: RUF012
    errors: dict[str, str] = {}  # noqa: RUF012
    refusals: int = 0

    @rx.event
    @requires(SERVICE_WRITE)
    def ask(self, name: Any) -> None:
        """Ask."""
        if known_group(name):
            self._ask(name)

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Keep it after all."""
        self.is_open = False

    @rx.event
    @requires(SERVICE_WRITE)
    async def confirm(self, form: Any) -> Any:
        """Delete it; its services go where the form says."""
        if not isinstance(form, dict) or not self.is_open:
            return None
        to = form.get("services_to", TO_PARENT)
        wanted = {TO_PARENT: None, TO_NONE: ""}.get(to, form.get("other", "")) if isinstance(to, str) else to
        try:
            with noted_changes() as changes:
                gone = await current().groups.delete(caller(), self.name, services_to=wanted)
        except (InvalidInput, NotFound) as err:
            self.errors = {"": "; ".join(err.fields.values()) if isinstance(err, InvalidInput) else str(err)}
            self.refusals += 1
            return None
        self.is_open = False
        where = f"in {gone.services_to}" if gone.services_to else "in no group"
        many = "service is" if gone.services == 1 else "services are"
        moved = f"; {gone.services} {many} {where} now" if gone.services else ""
        await say(self, f"{self.name} is gone{moved}", undo=changes)
        if self.router.url.query_parameters.get("group") == self.name:
            return rx.redirect("/")
        return await show_own_change()

    def _ask(self, name: str) -> None:
        tree = current().board.group_tree()
        self.name, self.parent, self.inner = name, tree.parent(name), len(tree.children(name))
        self.services = current().board.group_counts().get(name, 0)
        self.others = [each for each in tree if each != name][:CHOICES_LIMIT]
        self.errors, self.is_open = {}, True


def group_address(name: str) -> str:
    """The page of a group."""
    return f"/group?group={quote(name, safe='')}"


def _view(board: Board, name: str) -> GroupView:
    row = board.group_tree().rows.get(name)
    weighed = rollup_of(None if row is None else row.rollup).weights
    return view_of(name, row, {pk: one.definition.service_id for pk in weighed if (one := board.get(pk))})


def _values(view: GroupView) -> dict[str, str]:
    """As the fields show them; what is so by itself is blank."""
    rollup: Mapping[str, Any] = view.rollup or {}
    values = {"name": view.name, "description": view.description, "parent": view.parent}
    values["how"] = rollup.get("how", WORST.how)
    for field in ("degraded_below", "failed_below"):
        own = rollup.get(field, getattr(WORST, field))
        values[field] = "" if own == getattr(WORST, field) else str(own)
    values["weights"] = "\n".join(f"{name}: {weight}" for name, weight in rollup.get("weights", {}).items())
    return values


def _given(form: Mapping[str, Any]) -> dict[str, Any]:
    """What the form says, as the use case takes it."""
    given = {name: form[name] for name in ("name", "description", "parent") if name in form}
    how = form.get("how", WORST.how)
    if how != "share":
        return given | {"rollup": None if how == WORST.how else {"how": how}}
    rollup: dict[str, Any] = {"how": how, "weights": _weights(form.get("weights", ""))}
    for field in ("degraded_below", "failed_below"):
        text = form.get(field, "")
        if not isinstance(text, str) or text.strip():
            rollup[field] = _number(text)
    return given | {"rollup": rollup}


def _weights(text: Any) -> Any:
    """Lines of `service-id: weight`; what is none of those stays, for the use case to refuse."""
    if not isinstance(text, str):
        return text
    weights: dict[str, Any] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        name, _, weight = line.strip().replace("=", ":").rpartition(":")
        weights[name.strip() or line.strip()] = _number(weight) if name.strip() else line.strip()
    return weights


def _number(text: Any) -> Any:
    """A whole number of a form; what is none stays as it is, for the use case to refuse."""
    if not isinstance(text, str):
        return text
    digits = text.strip().removesuffix("%").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else text


def _keyed(fields: Mapping[str, str]) -> dict[str, str]:
    """Messages by the fields of the form."""
    own = ("name", "description", "parent")
    return {_KEYS.get(name, name if name in own else ""): text for name, text in fields.items()}
