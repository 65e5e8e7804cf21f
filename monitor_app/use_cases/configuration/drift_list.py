"""Which objects are not as their files say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor_app.domain.group import Group
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.use_cases.auditing import shown_relation
from monitor_app.use_cases.configuration.document import RelationEntry
from monitor_app.use_cases.configuration.field_changes import shown_group
from monitor_app.use_cases.configuration.plan import Noun
from monitor_app.use_cases.drift import differences, drifted


@dataclass(frozen=True, slots=True)
class Drifted:
    """One object, the file that made it, and the fields that somebody changed elsewhere since."""

    noun: Noun
    name: str
    managed_by: str
    fields: tuple[str, ...]


def drifted_objects(
    services: Sequence[ServiceDefinition],
    relations: Sequence[Relation],
    groups: Sequence[Group],
    names: Mapping[int, str],
) -> list[Drifted]:
    """Those that have drifted. `names` are the service_ids of services that are not deleted, by pk."""
    found = [Drifted("service", each.service_id, each.managed_by, drifted(each)) for each in services]
    for relation in relations:
        source, target = names.get(relation.source_pk), names.get(relation.target_pk)
        if source is not None and target is not None and relation.applied is not None:
            fields = differences(relation.applied, shown_relation(relation, source, target))
            name = RelationEntry(source, target, relation.relation_type).name
            found.append(Drifted("relation", name, relation.managed_by, fields))
    for group in groups:
        if group.applied is not None:
            fields = differences(group.applied, shown_group(group, names))
            found.append(Drifted("group", group.name, group.managed_by, fields))
    return [each for each in found if each.fields]
