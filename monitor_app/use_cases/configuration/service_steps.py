"""Judges each service of a file, and says what makes it different from the stored one."""

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import InvalidInput, SecretUnreadable
from monitor_app.plugins.forms import STRANGE_FIELD
from monitor_app.plugins.registry import Kind, KindRegistry
from monitor_app.use_cases.configuration.document import PROBLEMS_LIMIT, Problem, ServiceEntry
from monitor_app.use_cases.configuration.field_changes import field_changes, shown_columns
from monitor_app.use_cases.configuration.plan import FieldChange
from monitor_app.use_cases.members import FIELD as MEMBERS
from monitor_app.use_cases.relation_graph import members_of
from monitor_app.use_cases.service_input import ValidService, check, service_columns
from monitor_app.use_cases.services import kind_name
from monitor_app.use_cases.source_fields import observed_kind_message, refuse_source_fields

_NAMED_LIMIT = 5


@dataclass(frozen=True, slots=True)
class ServiceStep:
    """A service that is good, and what it takes to make the stored one (`known`) like it."""

    entry: ServiceEntry
    document: str
    valid: ValidService
    known: ServiceDefinition | None
    fields: Sequence[FieldChange]
    applied: Mapping[str, Any]

    @property
    def before(self) -> Mapping[str, Any]:
        """The stored config, where that is of the same kind."""
        known = self.known
        return known.status_config if known is not None and known.kind == self.valid.values.kind else {}

    @property
    def target(self) -> str:
        """What is watched, and how; only how, where the rest would tell a value from outside."""
        kind, target = self.valid.values.kind, self.valid.config.target
        return kind if self.entry.tells(target) else f"{kind} {target}".strip()


class ServiceSteps:
    """Knows the services that there are. `gone` are about to be removed, `coming` are in the files."""

    def __init__(
        self,
        registry: KindRegistry,
        present: Sequence[ServiceDefinition],
        gone: Collection[str],
        coming: Collection[str],
    ) -> None:
        self._registry = registry
        self._present = {service.service_id: service for service in present}
        self._there = (self._present.keys() - set(gone)) | set(coming)
        self._made: dict[str, frozenset[str]] = {}
        self._helps_left = PROBLEMS_LIMIT

    def step(self, entry: ServiceEntry, document: str) -> tuple[ServiceStep | None, list[Problem]]:
        """The step, or all that is wrong with the entry."""
        known = self._present.get(entry.service_id)
        before = known.status_config if known is not None and known.kind == kind_name(entry.values) else {}
        checked = check(self._registry, self._with_made(entry, before), before)
        if checked.messages:
            return None, [
                entry.problem(name, self._helped(entry, name, text)) for name, text in checked.messages.items()
            ]
        valid = checked.valid()
        if text := self._missing_members(valid, known):
            return None, [entry.problem(MEMBERS, text)]
        columns = service_columns(self._registry, valid, before)
        if wrong := _of_source(known, columns, valid):
            return None, [entry.problem(name, text) for name, text in wrong.items()]
        stored = None if known is None else {name: _column(known, name) for name in columns}
        applied = shown_columns(entry.service_id, columns)
        hidden = {*entry.hidden, *(name for name in ("label",) if entry.tells(columns[name]))}  # it may be the target
        fields = field_changes(stored, columns, None if known is None else known.applied, hidden)
        return ServiceStep(entry, document, valid, known, fields, applied), []

    def _helped(self, entry: ServiceEntry, name: str, text: str) -> str:
        """The message, for a field that the kind does not have with the one that was probably meant."""
        if text != STRANGE_FIELD:
            return text
        kind = self._registry[kind_name(entry.values)]
        if self._helps_left <= 0:  # nobody reads that many, and looking for what was meant takes long
            return f"{text} ({kind.name})"
        self._helps_left -= 1
        close = difflib.get_close_matches(name, [each.name for each in kind.fields], n=1)
        return f"{text} ({kind.name})" + (f": did you mean {close[0]}?" if close else "")

    def _with_made(self, entry: ServiceEntry, before: Mapping[str, Any]) -> dict[str, Any]:
        """The values, with those secrets of the stored config that are made when nobody gives them.

        Otherwise each time would make new ones, and the old ones would be of no use any more.
        """
        given, config = entry.given, entry.values.get("status_config")
        if not before or not isinstance(config, Mapping | None):
            return given
        kind = self._registry[kind_name(entry.values)]
        missing = [name for name in self._made_fields(kind) if not (config or {}).get(name)]
        if not missing:
            return given
        try:
            stored = kind.parse(before)
        except (InvalidInput, SecretUnreadable):
            return given
        kept = {name: getattr(stored, name) for name in missing}
        return {**given, "status_config": {**(config or {}), **kept}}

    def _made_fields(self, kind: Kind) -> frozenset[str]:
        if kind.name not in self._made:
            fields = kind.config_model.model_fields
            self._made[kind.name] = frozenset(
                name for name in kind.secret_fields if fields[name].default_factory is not None
            )
        return self._made[kind.name]

    def _missing_members(self, valid: ValidService, known: ServiceDefinition | None) -> str:
        """A member that was one before may be gone by now."""
        members = valid.config.member_ids
        missing = [member for member in members if member not in self._there]
        if missing and known is not None:
            earlier = members_of(self._registry, [known]).get(known.service_id, ())
            missing = [member for member in missing if member not in earlier]
        if not missing:
            return ""
        more = f" and {len(missing) - _NAMED_LIMIT} more" if len(missing) > _NAMED_LIMIT else ""
        return f"must be services that exist: there is no {', '.join(missing[:_NAMED_LIMIT])}{more}"


def _of_source(known: ServiceDefinition | None, columns: Mapping[str, Any], valid: ValidService) -> Mapping[str, str]:
    """What a file may not say, because a source tells of the service."""
    if known is None or not known.source:
        return observed_kind_message(valid.config)
    try:
        refuse_source_fields(known, columns)
    except InvalidInput as err:
        return err.fields
    return {}


def _column(known: ServiceDefinition, name: str) -> Any:
    value = getattr(known, name)
    return list(value) if isinstance(value, tuple) else value
