"""What a person does with one service on the board: add, edit, pause, resume, delete."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.board import BoardRow
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.security.permissions import BOARD_READ, CHECK_RUN, SERVICE_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.delete_dialog import DeleteDialog
from monitor_app.state.fields import CONFIG, FieldRow, field_rows, input_of, keyed, kinds, ordered_kinds, part
from monitor_app.state.findings import finding
from monitor_app.state.guard import caller, requires
from monitor_app.state.managed import drift_words
from monitor_app.state.push import PushDialog
from monitor_app.state.runtime import current
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.service_input import DEFAULT_KIND, check


def row_of(pk: object) -> BoardRow | None:
    """The board's row for a payload that should be a service's number."""
    return current().board.get(pk) if isinstance(pk, int) and not isinstance(pk, bool) else None


class ServiceDialog(rx.State):
    """The form to add or edit one service. What is typed stays in the browser; only messages come from here."""

    is_open: bool = False
    is_new: bool = True
    title: str = ""
    kind: str = DEFAULT_KIND
    kinds: list[dict[str, str]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    description: str = ""
    managed_by: str = ""  # the configuration file that made it
    drift: str = ""  # what is not as that says
    fields: list[FieldRow] = []  # noqa: RUF012
    board_fields: list[FieldRow] = []  # noqa: RUF012
    rare_fields: list[FieldRow] = []  # noqa: RUF012
    judging_fields: list[FieldRow] = []  # noqa: RUF012
    rare_set: int = 0
    judging_set: int = 0
    errors: dict[str, str] = {}  # noqa: RUF012
    # Changes whenever a save was refused, so that the browser moves the focus to the first wrong field.
    refusals: int = 0
    is_testing: bool = False
    found: dict[str, Any] = {}  # noqa: RUF012
    _editing: ServiceDefinition | None = None
    # Counts the forms that were shown.
    _shown: int = 0

    @rx.event
    @requires(SERVICE_WRITE)
    def open_new(self) -> None:
        """Show an empty form."""
        self._show(DEFAULT_KIND, None)

    @rx.event
    @requires(SERVICE_WRITE)
    def choose_kind(self, kind: str) -> None:
        """Change how a new service is to be checked."""
        if self._editing is None and any(known.name == kind for known in kinds()):
            self._show(kind, None)

    @rx.event
    @requires(BOARD_READ)
    def close(self) -> None:
        """Hide the form."""
        self.is_open = False
        self.found = {}

    @rx.event
    @requires(SERVICE_WRITE)
    def leave(self, key: Any, form: Any) -> None:
        """A field was left: say at once when it is wrong."""
        if not isinstance(key, str) or not isinstance(form, dict):
            return
        others = {name: text for name, text in self.errors.items() if name not in (key, "")}
        try:
            check(kinds(), input_of(self.kind, form), self._before()).valid()
        except InvalidInput as err:
            messages = keyed(self.kind, err.fields)
            self.errors = others | ({key: messages[key]} if key in messages else {})
        else:
            self.errors = {}

    @rx.event(background=True)
    @requires(CHECK_RUN)
    async def test(self, form: Any) -> None:
        """Run the probe once with what is typed, without saving. The tab can do all else meanwhile."""
        async with self:
            if not isinstance(form, dict) or self.is_testing or not self.is_open:
                return
            kind, asked_by, before = self.kind, self._shown, self._before()
            values = input_of(kind, form)
            self.is_testing = True
        found: dict[str, Any] = {}
        refusal: InvalidInput | None = None
        try:
            found = finding(await current().probing.test(caller(), kind, values["status_config"], before))
        except InvalidInput as err:
            refusal = err
        finally:
            async with self:
                # Who closed the form, or opened another one, does not ask any more.
                if self.is_open and self._shown == asked_by:
                    self.is_testing = False
                    if refusal is not None:
                        self._refuse(refusal)
                    elif found:
                        self.found = found
                        rest = {key: text for key, text in self.errors.items() if key and not key.startswith(CONFIG)}
                        self.errors = rest

    @rx.event
    @requires(SERVICE_WRITE)
    async def save(self, form: Any) -> Any:
        """Add the service, or replace its definition."""
        if not isinstance(form, dict) or not self.is_open:
            return None
        services = current().services
        before = self._editing
        values = input_of(self.kind, form)
        try:
            if before is None:
                saved = await services.create(caller(), values)
            else:
                kept = {
                    "service_type": before.service_type,
                    "metric_config": dict(before.metric_config),
                    "enabled": before.enabled,
                }
                saved = await services.update(
                    caller(), before.service_id, kept | values, expected_revision=before.revision
                )
        except InvalidInput as err:
            self._refuse(err)
            return None
        except NotFound as err:
            self._refuse(InvalidInput({"service": str(err)}))
            return None
        self.is_open = False
        if before is None and kinds()[saved.kind].is_told:  # of no use before somebody knows its address
            (await self.get_state(PushDialog))._show(saved)
        await say(self, f"{saved.label} is watched now" if before is None else f"{saved.label} is saved")
        return await show_own_change()

    def _before(self) -> Mapping[str, Any]:
        """The config that is being changed."""
        return self._editing.status_config if self._editing is not None else {}

    def _show(self, kind: str, service: ServiceDefinition | None) -> None:
        rows = field_rows(kind, service)
        self._editing = service
        self.is_new = service is None
        self.kind = kind
        self.kinds = [{"name": known.name, "title": known.title} for known in ordered_kinds()]
        self.description = kinds()[kind].config_model.kind_description
        self.title = f"Edit {service.label}" if service else "New service"
        self.managed_by, self.drift = (service.managed_by, drift_words(service)) if service else ("", "")
        self.fields, self.board_fields = part(rows, "kind"), part(rows, "board")
        self.rare_fields, self.judging_fields = part(rows, "more"), part(rows, "judging")
        self.rare_set = sum(row["is_set"] for row in self.rare_fields)
        self.judging_set = sum(row["is_set"] for row in self.judging_fields)
        self.errors = {}
        self.found = {}
        self.is_testing = False
        self._shown += 1
        self.is_open = True

    def _refuse(self, err: InvalidInput) -> None:
        self.errors = keyed(self.kind, err.fields)
        self.refusals += 1


class RowActions(rx.State):
    """The menu of a row."""

    @rx.event
    @requires(SERVICE_WRITE)
    async def act(self, action: Any, pk: Any) -> Any:
        """Something was chosen in a row's menu."""
        row = row_of(pk)
        if row is None:
            return None
        match action:
            case "edit":
                dialog = await self.get_state(ServiceDialog)
                dialog._show(row.definition.kind, row.definition)
            case "pause":
                return await self._change(row, current().services.pause, "is paused")
            case "resume":
                return await self._change(row, current().services.resume, "is checked again")
            case "delete":
                await (await self.get_state(DeleteDialog))._ask([row.pk])
        return None

    async def _change(self, row: BoardRow, change: Any, done: str) -> Any:
        try:
            with noted_changes() as changes:
                await change(caller(), [row.definition.service_id])
        except NotFound as err:
            await say(self, str(err), tone="failed")
        else:
            await say(self, f"{row.definition.label} {done}", undo=changes)
        return await show_own_change()
