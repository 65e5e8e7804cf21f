"""Compares files with what there is, and finds all that is to be done. Nothing is read or written here."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

from monitor_app.domain.group import Group
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import NotFound
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.auditing import shown_relation
from monitor_app.use_cases.configuration.document import (
    ConfigFileError,
    Document,
    GroupEntry,
    Place,
    Problem,
    RelationEntry,
    ServiceEntry,
)
from monitor_app.use_cases.configuration.field_changes import (
    applied_relation,
    field_changes,
    shown_group,
)
from monitor_app.use_cases.configuration.group_rules import wrong_groups
from monitor_app.use_cases.configuration.plan import Action, Change, Noun, Plan
from monitor_app.use_cases.configuration.service_steps import ServiceStep, ServiceSteps
from monitor_app.use_cases.relation_graph import RelationGraph, members_of

_SETTINGS: Final = "are not applied from a file: import them, or change them under Admin, Security"


@dataclass(frozen=True, slots=True)
class Present:
    """What there is, all of one moment; `revision` is the counter `service` then."""

    revision: int
    services: Sequence[ServiceDefinition]
    relations: Sequence[Relation]
    groups: Sequence[Group]


@dataclass(frozen=True, slots=True)
class Options:
    """How files are applied.

    `prune` removes what they made and do not have any more; `adopt` takes over what others made. `folders` are
    those whose files the documents are, all of them: what a file made that is gone by now is theirs, too.
    `is_careful`: when more than half of what they made would go, nothing is removed.
    """

    prune: bool = False
    adopt: bool = False
    folders: frozenset[str] = frozenset()
    is_careful: bool = False


DEFAULT: Final = Options()


@dataclass(frozen=True, slots=True)
class RelationStep:
    """A relation to be added (nothing known) or changed."""

    entry: RelationEntry
    document: str
    known: Relation | None


@dataclass(frozen=True, slots=True)
class GroupStep:
    """A group to be added (nothing known) or changed."""

    entry: GroupEntry
    document: str
    known: Group | None


@dataclass(frozen=True, slots=True)
class Draft:
    """The plan, what it takes to carry it out, and what it was made for."""

    plan: Plan
    present: Present
    services: Sequence[ServiceStep] = ()
    relations: Sequence[RelationStep] = ()
    groups: Sequence[GroupStep] = ()
    gone_services: Sequence[ServiceDefinition] = ()
    gone_relations: Sequence[Relation] = ()
    gone_groups: Sequence[Group] = ()


def draft(registry: KindRegistry, present: Present, documents: Sequence[Document], options: Options) -> Draft:
    """What is to be done so that everything is as the files say.

    Takes about a second for 5,000 services, so call it in a thread. Raises ConfigFileError with all that is wrong.
    """
    return _Drafting(registry, present, documents, options).draft()


@dataclass
class _Gone:
    """What the files made and do not have any more."""

    services: list[ServiceDefinition] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.services) + len(self.relations) + len(self.groups)


class _Drafting:
    def __init__(
        self, registry: KindRegistry, present: Present, documents: Sequence[Document], options: Options
    ) -> None:
        self._registry = registry
        self._present = present
        self._documents = documents
        self._options = options
        self._own = {document.name for document in documents}
        self._names = {service.pk: service.service_id for service in present.services}
        self._problems: list[Problem] = []
        self._changes: list[Change] = []
        self._unchanged = 0

    def draft(self) -> Draft:
        self._judge_documents()
        entries = self._unique("service", ((each, each.service_id) for each in self._entries("services")))
        relation_entries = self._unique("relation", ((each, each.name) for each in self._entries("relations")))
        group_entries = self._unique("group", ((each, each.name) for each in self._entries("groups")))
        gone = self._gone(entries, relation_entries, group_entries)
        gone, kept, warning = self._pruned(gone)

        services = self._service_steps(entries, {service.service_id for service in gone.services})
        relations = self._relation_steps(relation_entries)
        groups = self._group_steps(group_entries)
        self._judge_relations(relation_entries, gone, entries)
        self._judge_groups(group_entries, gone, entries)
        if not self._problems:  # a graph of what is wrong would tell of circles that nobody has made
            self._judge_circles(entries, services, relation_entries, gone)
        if self._problems:
            raise ConfigFileError(self._problems)
        self._changes += self._removals(gone)
        plan = Plan(tuple(self._changes), self._unchanged, tuple(kept), warning)
        return Draft(plan, self._present, services, relations, groups, gone.services, gone.relations, gone.groups)

    def _entries(self, part: str) -> Iterable[Any]:
        for document in self._documents:
            yield from getattr(document, part)

    def _document_of(self, part: str) -> dict[int, str]:
        return {id(entry): document.name for document in self._documents for entry in getattr(document, part)}

    def _judge_documents(self) -> None:
        for document in self._documents:
            if document.settings:
                self._problems.append(Problem(document.settings_place, "settings", _SETTINGS))
            for kind, place in document.kinds.items():
                try:
                    self._registry[kind]
                except NotFound as err:
                    self._problems.append(Problem(place, f"defaults.kinds.{kind}", str(err)))

    def _unique(self, noun: Noun, entries: Iterable[tuple[Any, str]]) -> list[Any]:
        """One file cannot have an object twice, but two can."""
        first: dict[str, Any] = {}
        for entry, name in entries:
            if name in first:
                text = f"this {noun} is in another file, too: {first[name].place}"
                self._problems.append(Problem(entry.place, name, text))
            else:
                first[name] = entry
        return list(first.values())

    # What goes.

    def _is_own(self, managed_by: str) -> bool:
        folder, slash, _ = managed_by.rpartition("/")
        return managed_by in self._own or bool(slash and folder in self._options.folders)

    def _gone(
        self,
        entries: Collection[ServiceEntry],
        relations: Collection[RelationEntry],
        groups: Collection[GroupEntry],
    ) -> _Gone:
        ids, keys, names = (
            {entry.service_id for entry in entries},
            {relation.key for relation in relations},
            {group.name for group in groups},
        )
        return _Gone(
            [each for each in self._present.services if self._is_own(each.managed_by) and each.service_id not in ids],
            [
                each
                for each in self._present.relations
                if self._is_own(each.managed_by) and (key := self._key(each)) and key not in keys
            ],
            [each for each in self._present.groups if self._is_own(each.managed_by) and each.name not in names],
        )

    def _pruned(self, gone: _Gone) -> tuple[_Gone, list[str], str]:
        """What is removed, what is kept, and why against what was asked for."""
        named = [f"{noun} {name}" for noun, name, _ in self._named(gone)]
        if not self._options.prune:
            return _Gone(), named, ""
        objects: list[ServiceDefinition | Relation | Group] = [
            *self._present.services,
            *self._present.relations,
            *self._present.groups,
        ]
        own = sum(self._is_own(each.managed_by) for each in objects)
        if self._options.is_careful and len(gone) * 2 > own:
            text = f"{len(gone)} of {own} objects would be removed, more than half: nothing is removed until that is"
            return _Gone(), named, f"{text} confirmed by `python -m monitor_app apply DIRECTORY --prune`"
        return gone, [], ""

    def _removals(self, gone: _Gone) -> list[Change]:
        return [Change("remove", noun, name, managed_by) for noun, name, managed_by in self._named(gone)]

    def _named(self, gone: _Gone) -> Iterable[tuple[Noun, str, str]]:
        for service in gone.services:
            yield "service", service.service_id, service.managed_by
        for relation in gone.relations:
            yield "relation", self._relation_name(relation), relation.managed_by
        for group in gone.groups:
            yield "group", group.name, group.managed_by

    # What is added and changed.

    def _service_steps(self, entries: Sequence[ServiceEntry], gone: Collection[str]) -> list[ServiceStep]:
        document_of = self._document_of("services")
        steps = ServiceSteps(self._registry, self._present.services, gone, {entry.service_id for entry in entries})
        wanted: list[ServiceStep] = []
        for entry in entries:
            step, problems = steps.step(entry, document_of[id(entry)])
            if step is None:
                self._problems += problems
                continue
            known = step.known
            fields = step.fields
            is_new = known is None or known.managed_by != step.document or known.applied != step.applied
            if self._note("service", entry.service_id, entry.place, step.document, known, fields, is_new, step.target):
                wanted.append(step)
        return wanted

    def _relation_steps(self, entries: Sequence[RelationEntry]) -> list[RelationStep]:
        document_of = self._document_of("relations")
        present = {key: each for each in self._present.relations if (key := self._key(each))}
        wanted: list[RelationStep] = []
        for entry in entries:
            known, document = present.get(entry.key), document_of[id(entry)]
            after = applied_relation(entry)
            before = None if known is None else shown_relation(known, entry.source, entry.target)
            fields = field_changes(before, after, None if known is None else known.applied)
            is_new = known is None or known.managed_by != document or known.applied != after
            if self._note("relation", entry.name, entry.place, document, known, fields, is_new):
                wanted.append(RelationStep(entry, document, known))
        return wanted

    def _group_steps(self, entries: Sequence[GroupEntry]) -> list[GroupStep]:
        document_of = self._document_of("groups")
        present = {group.name: group for group in self._present.groups}
        wanted: list[GroupStep] = []
        for entry in entries:
            known, document = present.get(entry.name), document_of[id(entry)]
            after = entry.document
            before = None if known is None else shown_group(known, self._names)
            fields = field_changes(before, after, None if known is None else known.applied)
            is_new = known is None or known.managed_by != document or known.applied != after
            if self._note("group", entry.name, entry.place, document, known, fields, is_new):
                wanted.append(GroupStep(entry, document, known))
        return wanted

    def _judge_groups(self, groups: Sequence[GroupEntry], gone: _Gone, services: Sequence[ServiceEntry]) -> None:
        left = [group for group in self._present.groups if group not in gone.groups]
        ids = {each.service_id for each in self._present.services} - {each.service_id for each in gone.services}
        wrong = wrong_groups(left, groups, ids | {entry.service_id for entry in services})
        for entry in groups:
            if entry.name in wrong:
                name, text = wrong[entry.name]
                self._problems.append(Problem(entry.place, f"{entry.name}.{name}", text))

    def _note(
        self,
        noun: Noun,
        name: str,
        place: Place,
        document: str,
        known: ServiceDefinition | Relation | Group | None,
        fields: Sequence[Any],
        is_new: bool,
        target: str = "",
    ) -> bool:
        """Put it into the plan; whether there is anything to be done."""
        action: Action = "add" if known is None else "change"
        note = target if known is None else ""
        if known is not None and not self._is_own(known.managed_by):
            made_by = known.managed_by or getattr(known, "owner", "") or "people"
            if not self._options.adopt:
                text = f"there is such a {noun} already, made by {made_by}: say adopt to have this file take it over"
                self._problems.append(Problem(place, name, text))
                return False
            action, note = "adopt", f"taken over, was made by {made_by}"
        elif known is not None and known.managed_by != document:
            note = f"comes from {known.managed_by}"
        if not is_new and not fields:
            self._unchanged += 1
            return False
        if action == "change" and not fields and not note:
            note = "is so already"
        self._changes.append(Change(action, noun, name, document, place, tuple(fields), note))
        return True

    # What must fit together.

    def _judge_relations(
        self, relations: Sequence[RelationEntry], gone: _Gone, entries: Sequence[ServiceEntry]
    ) -> None:
        there = set(self._names.values()) - {service.service_id for service in gone.services}
        there |= {entry.service_id for entry in entries}
        for entry in relations:
            for end, service_id in (("source", entry.source), ("target", entry.target)):
                if service_id not in there:
                    self._problems.append(entry.problem(end, f"there is no service {service_id}"))
            if entry.source == entry.target:
                self._problems.append(entry.problem("target", "must be another service than the source"))

    def _judge_circles(
        self,
        entries: Sequence[ServiceEntry],
        steps: Sequence[ServiceStep],
        relations: Sequence[RelationEntry],
        gone: _Gone,
    ) -> None:
        """Relations of every type and members of composites together, as they will be (see relation_graph.py)."""
        graph = RelationGraph(self._names)
        changed = {step.entry.service_id: step.valid.config.member_ids for step in steps}
        leaving = {service.pk for service in gone.services}
        rest = [each for each in self._present.services if each.pk not in leaving and each.service_id not in changed]
        for whole, parts in {**members_of(self._registry, rest), **changed}.items():
            graph.link(whole, parts)
        said = {entry.key for entry in relations}
        removed = {relation.pk for relation in gone.relations}
        for relation in self._present.relations:
            is_left = relation.source_pk not in leaving and relation.target_pk not in leaving
            if relation.pk not in removed and is_left and self._key(relation) not in said:
                graph.add(relation)
        for entry in relations:
            if entry.enabled:
                graph.link(entry.source, (entry.target,))
        if (circle := graph.any()) is not None:
            links = set(pairwise(circle.path))
            blamed: list[Any] = [entry for entry in relations if (entry.source, entry.target) in links]
            blamed += [entry for entry in entries if entry.service_id in circle.path]
            first = blamed[0] if blamed else None
            place = first.place if first is not None else Place(self._documents[0].name)
            name = first.name if isinstance(first, RelationEntry) else circle.path[0]
            self._problems.append(Problem(place, name, f"must not close a circle: {circle.text}"))

    def _key(self, relation: Relation) -> tuple[str, str, str] | None:
        """Nothing for one whose service is deleted."""
        source, target = self._names.get(relation.source_pk), self._names.get(relation.target_pk)
        return None if source is None or target is None else (source, target, relation.relation_type)

    def _relation_name(self, relation: Relation) -> str:
        source, target = self._names[relation.source_pk], self._names[relation.target_pk]
        return RelationEntry(source, target, relation.relation_type).name
