"""The dialog to add, change or copy one service: any kind's form, and the same as JSON."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import InvalidInput, LightbulbError, NotFound, Stale
from monitor_app.log import get_logger
from monitor_app.security.permissions import BOARD_READ, CHECK_RUN, SERVICE_WRITE
from monitor_app.state.board import show_own_change
from monitor_app.state.fields import CONFIG, keyed, kinds
from monitor_app.state.findings import finding
from monitor_app.state.guard import caller, requires
from monitor_app.state.push import PushDialog
from monitor_app.state.runtime import current
from monitor_app.state.service_content import DOCUMENT_FIELD, kind_of
from monitor_app.state.service_differences import is_changed
from monitor_app.state.service_document import messages, read_document, without_secrets
from monitor_app.state.service_form import COPY, EDIT, NEW, ServiceForm, who_saved
from monitor_app.state.service_preview import card
from monitor_app.state.shown_page import reload_of_shown_page
from monitor_app.state.toast import say
from monitor_app.use_cases.change_log import noted_changes
from monitor_app.use_cases.pasted_target import understood
from monitor_app.use_cases.service_input import check

_ANEW = "must be given anew"
_NUMBER_LIMIT = 1 << 53  # what a browser counts exactly

logger = get_logger(__name__)


class ServiceDialog(ServiceForm, rx.State):
    """What a browser asks of the form."""

    @rx.event
    @requires(SERVICE_WRITE)
    async def open_new(self) -> None:
        """Show an empty form, or what was typed into it before."""
        await self._open(NEW)

    @rx.event
    @requires(SERVICE_WRITE)
    async def open_edit(self, pk: Any) -> None:
        """Show the form of a service."""
        await self._open(f"{EDIT}{pk}")

    @rx.event
    @requires(SERVICE_WRITE)
    async def duplicate(self, pk: Any) -> None:
        """Show the form of a new service, filled from another one."""
        await self._open(f"{COPY}{pk}")

    @rx.event
    @requires(SERVICE_WRITE)
    async def reopen(self, subject: Any) -> None:
        """The page has come up anew, with this form open before: show what was typed."""
        if isinstance(subject, str):
            await self._open(subject)

    @rx.event
    @requires(SERVICE_WRITE)
    def choose_kind(self, kind: str, form: Any = None) -> None:
        """Change how a new service is to be checked. What belongs to every kind stays; so does each kind's own."""
        if self._editing is None and any(known.name == kind for known in kinds()):
            self._is_chosen = True
            self.hint = {}
            self._take(form)
            self._change_kind(kind, self._configs.get(kind, {}))

    @rx.event
    @requires(SERVICE_WRITE)
    def understand(self, text: Any, form: Any) -> None:
        """Something was pasted where the target goes: take it apart, in the kind that it is an address of."""
        if not isinstance(text, str) or not isinstance(form, dict) or not self.is_open:
            return
        guess = understood(kinds(), text, self.kind, is_chosen=self._is_chosen or not self.is_new)
        if guess is None or (guess[0].name != self.kind and not self.is_new):
            return
        kind, config = guess
        values = config.model_dump(mode="json", exclude_defaults=True)
        before = kinds()[self.kind]
        self._take(form)
        if kind.name == before.name:
            if all(str(self._content.config.get(name)) == str(value) for name, value in values.items()):
                return
            self._content = self._content.with_values(values)
            self._draw()
            return
        self.hint = {
            "text": f"{kind.title}, because of what you pasted.",
            "kind": before.name,
            "back": before.title,
        }
        self._change_kind(kind.name, values)

    @rx.event
    @requires(SERVICE_WRITE)
    def show_view(self, view: Any, form: Any) -> None:
        """Form or JSON: what is typed in one stands in the other."""
        if view not in ("form", "json") or view == self.view or not isinstance(form, dict):
            return
        try:
            self._take(form)
        except InvalidInput as err:
            self._refuse(err, form)
            return
        self.view = view
        self.errors = {}
        self._draw()

    @rx.event
    @requires(SERVICE_WRITE)
    def check_document(self, form: Any) -> None:
        """A document is being written: say what is wrong so far, with lines."""
        if not isinstance(form, dict) or self.view != "json":
            return
        document = None
        try:
            document = read_document(str(form.get(DOCUMENT_FIELD)))
            kind = kind_of(document, self.kind, may_change_kind=self._editing is None)
            if kind != self.kind:  # the help beside it is that of the kind
                self._content = self._content.with_config(kind, {})
                self._draw(is_anew=False)
            check(kinds(), self._given(form), self._content.base).valid()
        except InvalidInput as err:
            self.document_errors = messages(err, document)
        else:
            self.document_errors = []

    @rx.event
    @requires(SERVICE_WRITE)
    def look(self, form: Any) -> None:
        """How it will look on the board."""
        if isinstance(form, dict) and self.is_open:
            try:
                given: Mapping[str, Any] = self._given(form)
            except InvalidInput:
                given = self._content.common
            self.card = card(self.kind, given, self._content.base)

    @rx.event
    @requires(SERVICE_WRITE)
    async def keep(self, form: Any, number: Any) -> None:
        """Keep what is typed as a draft. `number` comes back in `kept` once it is in the database."""
        is_number = isinstance(number, int) and not isinstance(number, bool) and 0 < number < _NUMBER_LIMIT
        if not isinstance(form, dict) or not is_number or not await self._is_of_here(form):
            return
        text = form.get(DOCUMENT_FIELD)
        try:
            self._take(form)
            text = ""
        except InvalidInput:  # a document that is not written to its end
            text = without_secrets(str(text), kinds()[self.kind])
        try:
            if text or is_changed(self._before, self._content.by_key):
                await current().drafts.keep(caller(), self._draft(text))
                self._has_draft = True
            elif self._has_draft:
                await current().drafts.remove(caller(), self.subject)
                self._has_draft, self.note = False, ""
        except LightbulbError as err:  # the browser tries again
            logger.warning("a draft was not kept", reason=str(err))
        else:
            self.kept = number

    @rx.event
    @requires(SERVICE_WRITE)
    async def discard(self, is_closing: Any = False) -> Any:
        """Throw the draft away, and begin anew or leave."""
        if not self.is_open:
            return None
        await self._forget_draft()
        if is_closing is not True:
            await self._open(self.subject)
            return None
        self._hide()
        return reload_of_shown_page()

    @rx.event
    @requires(SERVICE_WRITE)
    async def here(self) -> None:
        """The form is open before somebody: who else has it open, and whether it was saved meanwhile."""
        if not self.is_open or self._editing is None:
            return
        mine, others = caller().name, current().editors.enter(self._tab(), caller().name, self.subject)
        editors = [name if name != mine else "you, in another tab" for name in others]
        row = current().board.get(self._editing.pk)
        newer = self.newer if self.differences else ""
        if row is not None and row.definition.revision != self._revision:
            newer = self.newer or await who_saved(row.pk)
        shown = editors, newer, row is None
        if shown != (list(self.editors), self.newer, self.is_gone):
            self.editors, self.newer, self.is_gone = shown

    @rx.event
    @requires(BOARD_READ)
    async def close(self) -> Any:
        """Hide the form; what was typed is kept."""
        was_open = self.is_open
        if was_open and self._has_draft:
            await say(self, "What you typed is kept as a draft")
        self._hide()
        return reload_of_shown_page() if was_open else None

    @rx.event
    @requires(SERVICE_WRITE)
    def leave(self, key: Any, form: Any) -> None:
        """A field was left: say at once when it is wrong."""
        if not isinstance(key, str) or not isinstance(form, dict):
            return
        others = {name: text for name, text in self.errors.items() if name not in (key, "") and _ANEW not in text}
        try:
            check(kinds(), self._given(form), self._content.base).valid()
        except InvalidInput as err:
            told = keyed(self.kind, err.fields)
            self.errors = others | {name: text for name, text in told.items() if name == key or text.startswith(_ANEW)}
        else:
            self.errors = {}

    @rx.event(background=True)
    @requires(CHECK_RUN)
    async def test(self, form: Any) -> None:
        """Run the probe once with what is typed, without saving. The tab can do all else meanwhile."""
        async with self:
            if not isinstance(form, dict) or self.is_testing or not self.is_open:
                return
            asked_by, before = self._shown, dict(self._content.base)
            try:
                values = self._given(form)
            except InvalidInput as err:
                self._refuse(err, form)
                return
            self.card = card(self.kind, values, before)
            self.is_testing = True
        found: dict[str, Any] = {}
        refusal: InvalidInput | None = None
        try:
            found = finding(await current().probing.test(caller(), values["kind"], values["status_config"], before))
        except InvalidInput as err:
            refusal = err
        finally:
            async with self:
                # Who closed the form, or opened another one, does not ask any more.
                if self.is_open and self._shown == asked_by:
                    self.is_testing = False
                    if refusal is not None:
                        self._refuse(refusal, form)
                    elif found:
                        self.found = found
                        rest = {key: text for key, text in self.errors.items() if key and not key.startswith(CONFIG)}
                        self.errors = rest

    @rx.event
    @requires(SERVICE_WRITE)
    def decide(self, key: Any, side: Any) -> None:
        """Of a field that both have changed: keep mine, or take theirs."""
        if side in ("mine", "theirs"):
            rows = [row | {"choice": side} if row["key"] == key else row for row in self.differences]
            self.differences = rows

    @rx.event
    @requires(SERVICE_WRITE)
    async def save(self, form: Any) -> Any:
        """Add the service, or replace its definition. What somebody else changed meanwhile is shown first."""
        if not isinstance(form, dict) or not (await self._is_of_here(form) and self.is_open):
            return None
        before = self._editing
        try:
            with noted_changes() as changes:
                saved = await self._saved(self._settled(form))
        except InvalidInput as err:
            self._refuse(err, form)
            return None
        except NotFound as err:
            self._refuse(InvalidInput({"service": str(err)}), form)
            return None
        if saved is None:
            self.refusals += 1
            return None
        await self._forget_draft()
        self._hide()
        if before is None and kinds()[saved.kind].is_told:  # of no use before somebody knows its address
            (await self.get_state(PushDialog))._show(saved)
        await say(self, f"{saved.label} is {'watched now' if before is None else 'saved'}", undo=changes)
        return await show_own_change()

    async def _saved(self, form: Mapping[str, Any]) -> ServiceDefinition | None:
        """None where somebody else has changed fields meanwhile, which is shown now."""
        services, before = current().services, self._editing
        if before is None:
            made: ServiceDefinition = await services.create(caller(), self._given(form), known=self._content.base)
            return made
        try:
            values = self._given(form)
            changed: ServiceDefinition = await services.update(
                caller(), before.service_id, values, expected_revision=self._revision
            )
        except Stale:
            return None if await self._show_others(form) else await self._saved(form)
        return changed
