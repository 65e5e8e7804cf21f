"""What the dialog of a service shows, and how it is opened, drawn and refused; see service_dialog.py."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import reflex as rx
from reflex_base.event.context import EventContext

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.state.fields import CONFIG, FieldRow, field_rows, keyed, kinds, ordered_kinds, part
from monitor_app.state.guard import caller
from monitor_app.state.managed import drift_words, source_words
from monitor_app.state.runtime import current
from monitor_app.state.service_content import DOCUMENT_FIELD, SUBJECT_FIELD, Content
from monitor_app.state.service_differences import differences, other_secrets, shown_values
from monitor_app.state.service_document import ServiceDocument, messages, read_document
from monitor_app.use_cases.drafts import Draft
from monitor_app.use_cases.service_copy import copy_of
from monitor_app.use_cases.service_input import DEFAULT_KIND

NEW: Final = "service.new"
EDIT: Final = "service."
COPY: Final = "copy."
KNOWN_LIMIT: Final = 300
_PK_DIGITS: Final = 15


class ServiceForm(rx.State, mixin=True):
    """What is typed stays in the browser, and as a draft in the database; secrets come back as masks only."""

    is_open: bool = False
    is_new: bool = True
    subject: str = ""  # which form it is
    title: str = ""
    kind: str = DEFAULT_KIND
    kinds: list[dict[str, str]] = []  # noqa: RUF012 - Reflex makes a copy for each browser
    description: str = ""
    managed_by: str = ""  # the configuration file that made it
    drift: str = ""  # what is not as that says
    source: str = ""  # which source tells of it, and what that means
    fields: list[FieldRow] = []  # noqa: RUF012
    board_fields: list[FieldRow] = []  # noqa: RUF012
    option_fields: list[FieldRow] = []  # noqa: RUF012
    rare_fields: list[FieldRow] = []  # noqa: RUF012
    judging_fields: list[FieldRow] = []  # noqa: RUF012
    rare_set: int = 0
    judging_set: int = 0
    # Changes whenever the fields are to be drawn anew, with what the server has in them.
    generation: int = 0
    view: str = "form"
    document: str = ""
    document_errors: list[dict[str, Any]] = []  # noqa: RUF012
    errors: dict[str, str] = {}  # noqa: RUF012
    # Changes whenever a save was refused, so that the browser moves the focus to the first wrong field.
    refusals: int = 0
    is_testing: bool = False
    found: dict[str, Any] = {}  # noqa: RUF012
    card: dict[str, Any] = {}  # noqa: RUF012
    hint: dict[str, str] = {}  # noqa: RUF012 - that the kind was guessed, and which one it was before
    note: str = ""  # that a draft was restored
    kept: int = 0  # the last number that the browser gave to what it had kept
    known: dict[str, list[str]] = {}  # noqa: RUF012 - what others have typed into these fields before
    editors: list[str] = []  # noqa: RUF012
    newer: str = ""  # that somebody saved it meanwhile, and who
    is_gone: bool = False  # or deleted it
    differences: list[dict[str, Any]] = []  # noqa: RUF012
    _editing: ServiceDefinition | None = None
    _source: ServiceDefinition | None = None  # of which this is to be a copy
    _content: Content = Content()
    _configs: dict[str, dict[str, Any]] = {}  # noqa: RUF012 - of the kinds that were chosen before, sealed
    _is_chosen: bool = False  # the kind, by hand
    _before: dict[str, Any] = {}  # noqa: RUF012 - what the fields of the service showed when the change was begun
    _revision: int = 0
    _draft_base: tuple[int, dict[str, Any]] = (0, {})
    _has_draft: bool = False
    _is_done: bool = False  # saved: nothing of it is kept any more
    # Counts the forms that were shown.
    _shown: int = 0

    def _tab(self) -> str:
        return EventContext.get().token

    async def _open(self, subject: str) -> None:
        """Show the form that `subject` names, with the draft there is of it; nothing for a service that is gone."""
        service = source = found = None
        if subject != NEW:
            found = _definition(subject)
            if found is None or found.kind not in {kind.name for kind in kinds()}:
                return
            service, source = (found, None) if subject.startswith(EDIT) else (None, copy_of(kinds(), found))
        base = service or source
        draft = await current().drafts.find(caller(), subject) if current().drafts is not None else None
        if draft is not None and service is not None and draft.kind != service.kind:
            draft = None
        self._editing, self._source, self.subject = service, source, subject
        self._content = Content(base.kind if base else DEFAULT_KIND, base=base.status_config if base else {})
        self._configs, self._is_chosen, self._is_done = {}, draft is not None, False
        self._revision, self._has_draft = service.revision if service else 0, draft is not None
        self._draft_base = (0, {})
        self.is_new = service is None
        self.title = "New service" if found is None else f"{'Edit' if service else 'Copy of'} {found.label}"
        self.managed_by, self.drift = (service.managed_by, drift_words(service)) if service else ("", "")
        self.source = source_words(service) if service else ""
        self.view, self.document, self.note, self.hint = "form", "", "", {}
        self.differences, self.editors, self.newer, self.is_gone, self.card = [], [], "", False, {}
        self.known = _known()
        if draft is not None:
            self._restore(draft)
        self._draw()
        if draft is not None and draft.text:
            self.document = draft.text
        if service is not None and draft is not None and draft.base_revision != service.revision:
            self._revision, self._before = draft.base_revision, dict(draft.base)
        self.errors = _lost(base) if draft is None else {}
        self.is_open = True

    def _restore(self, draft: Draft) -> None:
        base = self._content.base if draft.kind == self._content.kind else {}
        content = replace(self._content, kind=draft.kind, common=dict(draft.common), base=base)
        self._content = content.with_config(draft.kind, draft.config)
        self.view = draft.view
        self.note = f"Your draft from {_age(draft.updated_at)} is restored."

    def _change_kind(self, kind: str, config: Mapping[str, Any]) -> None:
        """Show the fields of a kind with this config, the common ones with what is typed in them."""
        self._configs = {**self._configs, self.kind: dict(self._content.typed)}
        common = dict(self._content.common)
        if common.get("service_type") == kinds()[self.kind].config_model.default_service_type:
            common["service_type"] = kinds()[kind].config_model.default_service_type
        source = self._editing or self._source
        base = source.status_config if source is not None and source.kind == kind else {}
        self._content = replace(self._content, kind=kind, common=common, base=base).with_config(kind, config)
        self._draw()

    def _draw(self, *, is_anew: bool = True) -> None:
        """Show what there is on the server; `is_anew`: in place of what stands in the fields of the browser."""
        kind = self._content.kind
        service = self._editing or (self._source if self._source and self._source.kind == kind else None)
        rows = field_rows(kind, service)
        self._before = shown_values(rows)
        rows = field_rows(kind, service, self._content.by_key)
        self.kind = kind
        self.kinds = [{"name": known.name, "title": known.title} for known in ordered_kinds()]
        self.description = kinds()[kind].config_model.kind_description
        self.fields, self.board_fields, self.option_fields = (part(rows, name) for name in ("kind", "board", "options"))
        self.rare_fields, self.judging_fields = part(rows, "more"), part(rows, "judging")
        self.rare_set = sum(row["is_set"] for row in self.rare_fields)
        self.judging_set = sum(row["is_set"] for row in self.judging_fields)
        self.errors, self.document_errors, self.found, self.is_testing = {}, [], {}, False
        if is_anew:
            self._content = replace(self._content, **_whole(self._content, shown_values(rows)))
            self.document = self._content.document if self.view == "json" else ""
            self.generation += 1
        self._shown += 1

    def _hide(self) -> None:
        self.is_open = False
        self.found = {}
        self.document = ""
        if current().editors is not None:
            current().editors.leave(self._tab())

    def _take(self, form: Any) -> None:
        """What the browser has in its fields. Raises InvalidInput for a document that cannot be read."""
        if isinstance(form, dict):
            self._content = self._content.taken(form, may_change_kind=self._editing is None)

    def _given(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """The same as the use cases want it. Raises InvalidInput."""
        return self._content.given(form, may_change_kind=self._editing is None)

    def _draft(self, text: str) -> Draft:
        content = self._content
        revision, before = self._draft_base if self.differences else (self._revision, self._before)
        title = str(content.common.get("label") or self.title)
        return Draft(
            self.subject,
            title,
            content.kind,
            content.common,
            content.typed,
            "json" if text or self.view == "json" else "form",
            text,
            before if self._editing is not None else {},
            revision,
        )

    async def _is_of_here(self, form: Mapping[str, Any]) -> bool:
        """Whether this is the form that was opened last. After a restart of the server it is opened again."""
        subject = form.get(SUBJECT_FIELD, self.subject)
        if self._shown == 0 and isinstance(subject, str) and subject:
            await self._open(subject)
        return self._shown > 0 and subject == self.subject and not self._is_done

    async def _forget_draft(self) -> None:
        self._is_done = True
        if self._has_draft and current().drafts is not None:
            await current().drafts.remove(caller(), self.subject)
        self._has_draft = False

    async def _show_others(self, form: Mapping[str, Any]) -> bool:
        """Somebody has changed the service: what each made of it. False where it touches none of the fields.

        Raises NotFound when it was deleted.
        """
        await current().follower.read_now()
        before = self._editing
        assert before is not None, "a new service is never stale"
        row = current().board.get(before.pk)
        if row is None:
            raise NotFound(f"{before.label} was deleted meanwhile; what you typed is kept as a draft")
        theirs, given = row.definition, self._given(form)
        self._take(form)
        secrets = {name: given["status_config"].get(name) for name in kinds()[self.kind].secret_fields}
        mine = self._content.by_key | {CONFIG + name: value for name, value in secrets.items() if value is not None}
        rows = field_rows(self.kind, theirs)
        found = differences(rows, self._before, mine, other_secrets(before, theirs))
        if not self.differences:
            self._draft_base = (self._revision, dict(self._before))
        self._editing, self._revision, self._before = theirs, theirs.revision, shown_values(rows)
        self._content = replace(self._content, base=theirs.status_config)
        self.differences, self.newer = found, await who_saved(before.pk)
        if found and self.view == "json":
            self.view = "form"
            self._draw()
        return bool(found)

    def _settled(self, form: Mapping[str, Any]) -> dict[str, Any]:
        """The form with theirs where theirs is to stand. Raises InvalidInput while a field is not decided."""
        if open_ones := [each["title"] for each in self.differences if not each["choice"]]:
            raise InvalidInput({"yours or theirs": f"must be chosen for {', '.join(open_ones)}"})
        return {**form, **{each["key"]: each["value"] for each in self.differences if each["choice"] == "theirs"}}

    def _refuse(self, err: InvalidInput, form: Mapping[str, Any]) -> None:
        if self.view == "json":
            self.document_errors = messages(err, _document(form))
        else:
            self.errors = keyed(self.kind, err.fields)
        self.refusals += 1


async def who_saved(pk: int) -> str:
    """In words, who changed a service last."""
    me, change = caller(), await current().versions.last_change(caller(), pk)
    if change is None or change.account_pk is None or change.account_pk != me.account_pk:
        return f"{change.who if change is not None else 'Somebody else'} saved this service while you were editing it"
    return "You saved this service elsewhere while you were editing it"


def _known() -> dict[str, list[str]]:
    board = current().board
    found = {"group": board.groups(), "environment": board.environments(), "tags": board.tags()}
    return {name: values[:KNOWN_LIMIT] for name, values in found.items()}


def _definition(subject: str) -> ServiceDefinition | None:
    """The service that a form is of."""
    prefix = EDIT if subject.startswith(EDIT) else COPY
    pk = subject.removeprefix(prefix)
    if not subject.startswith(prefix) or not (pk.isascii() and pk.isdigit()) or len(pk) > _PK_DIGITS:
        return None
    row = current().board.get(int(pk))
    return row.definition if row is not None else None


def _document(form: Mapping[str, Any]) -> ServiceDocument | None:
    try:
        return read_document(str(form.get(DOCUMENT_FIELD)))
    except InvalidInput:
        return None


def _whole(content: Content, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Every field with what stands in it now, so that a document tells of those that nobody touched, too."""
    config = {key.removeprefix(CONFIG): value for key, value in shown.items() if key.startswith(CONFIG)}
    common = {key: value for key, value in shown.items() if not key.startswith(CONFIG)}
    typed = {**config, **content.typed}
    return {"common": {**common, **content.common}, "config": {**config, **content.config}, "typed": typed}


def _lost(service: ServiceDefinition | None) -> dict[str, str]:
    """Secrets that are stored and cannot be shown even as a mask."""
    if service is None:
        return {}
    readable = kinds()[service.kind].readable(service.status_config)
    text = "must be given anew: the stored one cannot be read any more"
    return {CONFIG + name: text for name in service.status_config if name not in readable}


def _age(moment: datetime | None) -> str:
    """How long ago, in words."""
    seconds = (datetime.now(UTC) - moment).total_seconds() if moment is not None else 0
    for size, unit in ((86_400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''} ago"
    return "less than a minute ago"
