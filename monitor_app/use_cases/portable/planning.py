"""What an import would do: each entry of a document compared with what is there, and all that is wrong with it.

Nothing here touches a database, so it runs in a thread.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from monitor_app.domain.relation import NOTE_LIMIT, RELATION_TYPES, Relation
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.passphrase import PassphraseBox
from monitor_app.security.permissions import SETTING_MANAGE, Identity
from monitor_app.use_cases.configuration.document import Document, GroupEntry, Problem, RelationEntry
from monitor_app.use_cases.configuration.group_rules import wrong_groups
from monitor_app.use_cases.groups import view_of
from monitor_app.use_cases.portable.circles import Links
from monitor_app.use_cases.portable.plan import Fields, GroupStep, Plan, Present, RelationStep, ServiceStep
from monitor_app.use_cases.portable.planned_services import ServicePlanner
from monitor_app.use_cases.portable.reading import ReadFile
from monitor_app.use_cases.portable.report import Options, Progress


def planned(
    registry: KindRegistry, identity: Identity, options: Options, present: Present, file: ReadFile, progress: Progress
) -> Plan:
    """What is to be done. Raises InvalidInput on `passphrase` when it is not the one that secrets need."""
    plan = Plan(options.on_conflict, problems=list(file.problems), failed=set(file.failed))
    document = file.document
    ids = {*present.services, *(entry.service_id for entry in document.services)}
    wrong = wrong_groups(present.groups.values(), document.groups, ids)
    names = {service.pk: name for name, service in present.services.items()}
    for group in document.groups:
        _plan_group(plan, present, group, wrong, names)
    box = PassphraseBox(options.passphrase) if options.passphrase else None
    planner = ServicePlanner(registry, present, plan, box)
    plan.services = planner.with_members(planner.steps(document.services, progress))
    plan.relations = _relations(plan, present, document.relations)
    links = _links(plan, registry, present)
    if not links.close_none(_added(plan)):
        plan.services = planner.with_members(_services_without_circles(plan, links))
        plan.relations = _relations_without_circles(plan, present, links)
    _plan_settings(plan, identity, present.settings, document)
    return plan


def _plan_group(
    plan: Plan,
    present: Present,
    entry: GroupEntry,
    wrong: Mapping[str, tuple[str, str]],
    names: Mapping[int, str],
) -> None:
    if ("group", entry.name) in plan.failed:
        return

    def problem(text: str, field: str = "") -> Problem:
        return Problem(entry.place, f"groups.{entry.name}{field}", text)

    if entry.name in wrong:
        name, text = wrong[entry.name]
        plan.wrong("group", entry.name, problem(text, f".{name}"))
        return
    before = present.groups.get(entry.name)
    fields: Fields = {}
    if before is not None:
        old, new = view_of(before.name, before, names).document, entry.document
        fields = {name: (old[name], new[name]) for name in new if old[name] != new[name]}
        if not fields:
            plan.unchanged += 1
            return
    if before is None or plan.may_change("group", entry.name, fields, problem):
        plan.groups.append(GroupStep(entry, before, fields))


def _relations(plan: Plan, present: Present, entries: Sequence[RelationEntry]) -> list[RelationStep]:
    known = {*present.services, *(step.name for step in plan.services)}
    steps: list[RelationStep] = []
    seen: set[tuple[str, str, str]] = set()
    for number, entry in enumerate(entries, 1):
        if entry.key in seen:
            # By a name of its own: the first of them may be good.
            plan.wrong("relation", f"{entry.name} {number}", entry.problem("source", "must be there once"))
            continue
        seen.add(entry.key)
        if wrong := _wrong_relation(plan, entry, known):
            plan.wrong("relation", entry.name, entry.problem(*wrong))
            continue
        before = present.relations.get(entry.key)
        fields = _relation_fields(entry, before)
        if before is not None and not fields:
            plan.unchanged += 1
        elif before is None or plan.may_change("relation", entry.name, fields, partial(entry.problem, "enabled")):
            steps.append(RelationStep(entry, before, fields))
    return steps


def _wrong_relation(plan: Plan, entry: RelationEntry, known: set[str]) -> tuple[str, str] | None:
    """The field that is wrong, and what is allowed."""
    if entry.relation_type not in RELATION_TYPES:
        return "relation_type", f"must be one of {', '.join(RELATION_TYPES)}, got {entry.relation_type[:60]!r}"
    if len(entry.note) > NOTE_LIMIT:
        return "note", f"must have at most {NOTE_LIMIT} characters, got {len(entry.note)}"
    if not entry.note.isprintable():
        return "note", "must be one line without control characters"
    if entry.source == entry.target:
        return "target", "must be another service than the source"
    for end, name in (("source", entry.source), ("target", entry.target)):
        if ("service", name) in plan.failed and name not in known:
            return end, f"{name} is wrong itself"
        if name not in known:
            return end, f"must be a service that exists: there is no {name[:80]!r}"
    return None


def _relation_fields(entry: RelationEntry, before: Relation | None) -> Fields:
    if before is None:
        return {}
    found = {"enabled": (before.enabled, entry.enabled), "note": (before.note, entry.note)}
    return {name: values for name, values in found.items() if values[0] != values[1]}


def _links(plan: Plan, registry: KindRegistry, present: Present) -> Links:
    keys = [step.entry.key for step in plan.relations]
    return Links(registry, present.services, present.relations, [step.name for step in plan.services], keys)


def _added(plan: Plan) -> list[tuple[str, tuple[str, ...]]]:
    members = [(step.name, tuple(step.valid.config.member_ids)) for step in plan.services]
    return members + [(each.entry.source, (each.entry.target,)) for each in plan.relations if each.entry.enabled]


def _services_without_circles(plan: Plan, links: Links) -> list[ServiceStep]:
    steps = []
    for step in plan.services:
        if circle := links.circle_by(step.name, step.valid.config.member_ids):
            text = f"must not contain or depend on itself: {circle}"
            plan.wrong("service", step.name, step.entry.problem("members", text))
        else:
            steps.append(step)
    return steps


def _relations_without_circles(plan: Plan, present: Present, links: Links) -> list[RelationStep]:
    known = {*present.services, *(step.name for step in plan.services)}
    steps = []
    for step in plan.relations:
        entry = step.entry
        if gone := {entry.source, entry.target} - known:
            plan.wrong("relation", entry.name, entry.problem("source", f"{min(gone)} is wrong itself"))
        elif entry.enabled and (circle := links.circle_by(entry.source, (entry.target,))):
            text = f"must not close a circle: {circle}"
            plan.wrong("relation", entry.name, entry.problem("target", text))
        else:
            steps.append(step)
    return steps


def _plan_settings(plan: Plan, identity: Identity, present: SecuritySettings, document: Document) -> None:
    def problem(text: str, name: str = "") -> Problem:
        return Problem(document.settings_place, f"settings.security{name and f'.{name}'}", text)

    given: Mapping[str, Any] = document.settings
    if not given:
        return
    values = given.get("security", {})
    if given.keys() - {"security"} or not isinstance(values, Mapping):
        plan.wrong("settings", "security", problem("must be an object with named fields, and the only settings"))
        return
    try:
        wanted = present.changed(values)
    except InvalidInput as err:
        plan.wrong("settings", "security", *(problem(text, name) for name, text in err.fields.items()))
        return
    old, new = present.to_dict(), wanted.to_dict()
    fields = {name: (old[name], new[name]) for name in new if old[name] != new[name]}
    if not fields:
        plan.unchanged += 1
    elif not identity.may(SETTING_MANAGE):
        text = f"only administrators change them: leave `settings` out, or hold the permission {SETTING_MANAGE}"
        plan.wrong("settings", "security", problem(text))
    elif present == SecuritySettings() or plan.may_change("settings", "security", fields, problem):
        plan.settings, plan.settings_fields = wanted, fields
