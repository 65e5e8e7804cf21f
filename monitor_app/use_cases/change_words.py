"""What a change is called in a message or a list."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import GROUP, RELATION, SERVICE, Change, ChangeItem
from monitor_app.storage.change_log import first_items
from monitor_app.storage.groups import load_groups
from monitor_app.storage.relations import load_relations
from monitor_app.storage.services import load_services_by_pk

_VERBS: Final[Mapping[str, str]] = {
    "service.create": "adding",
    "service.update": "changing",
    "service.delete": "deleting",
    "service.restore": "restoring",
    "service.pause": "pausing",
    "service.resume": "resuming",
    "service.maintenance": "maintenance of",
    "service.maintenance_ended": "ending the maintenance of",
    "service.rollback": "taking an earlier version of",
    "relation.create": "adding",
    "relation.update": "changing",
    "relation.delete": "deleting",
    "group.create": "adding",
    "group.update": "changing",
    "group.rename": "renaming",
    "group.delete": "deleting",
    "tag.rename": "renaming a tag of",
    "tag.remove": "removing a tag from",
    "environment.rename": "renaming the environment of",
    "environment.remove": "removing the environment of",
    "config.import": "importing",
    "configuration.apply": "applying files to",
}
_GONE: Final = "one that is gone"


async def titles(conn: AsyncConnection, changes: Sequence[Change]) -> dict[int, str]:
    """In a few words what each did, such as "deleting Shop", "changing 12 services"; by its pk."""
    firsts = await first_items(conn, [change.pk for change in changes])
    single = [
        item for change in changes if (item := firsts.get(change.pk)) and (change.items == 1 or item.subject == GROUP)
    ]
    names = await _names(conn, single)
    found = {}
    for change in changes:
        verb = _verb(change.action)
        first = firsts.get(change.pk)
        noun = "relation" if first is not None and first.subject == RELATION else "service"
        name = names.get((first.subject, first.subject_pk), _GONE) if first is not None else _GONE
        if first is not None and first.subject == GROUP and (change.items == 1 or change.action.startswith("group.")):
            found[change.pk] = f"{verb} the group {name}"
        elif change.action.startswith("group."):  # one that nobody had described
            found[change.pk] = f"{verb} the group of {change.items:,} {noun}s"
        elif change.items == 1 and first is not None:
            found[change.pk] = f"{verb} {name}" if noun == "service" else f"{verb} the relation {name}"
        else:
            found[change.pk] = f"{verb} {change.items:,} {noun}s"
    return found


def joint_title(changes: Sequence[Change]) -> str:
    """What several changes were together, such as pieces of one that was too large for a transaction."""
    actions, count = {change.action for change in changes}, sum(change.items for change in changes)
    if len(actions) > 1:
        return f"{len(changes)} changes"
    (action,) = actions
    noun = "relations" if action.startswith("relation.") else "services"
    return f"{_verb(action)} {count:,} {noun}"


def _verb(action: str) -> str:
    return _VERBS.get(action, f"{action.replace('.', ' ').replace('_', ' ')}:")


async def _names(conn: AsyncConnection, items: Sequence[ChangeItem]) -> dict[tuple[str, int], str]:
    relations = [item for item in items if item.subject == RELATION]
    ends: dict[int, tuple[int, int]] = {}
    if relations:
        wanted = {item.subject_pk for item in relations}
        ends = {one.pk: (one.source_pk, one.target_pk) for one in await load_relations(conn) if one.pk in wanted}
        for item in relations:
            columns = {**(item.after or {}), **(item.before or {})}
            if item.subject_pk not in ends and "source_pk" in columns and "target_pk" in columns:
                ends[item.subject_pk] = columns["source_pk"], columns["target_pk"]
    pks = {item.subject_pk for item in items if item.subject == SERVICE} | {pk for pair in ends.values() for pk in pair}
    services = await load_services_by_pk(conn, pks)
    labels = {pk: service.label for pk, service in services.items()}
    ids = {pk: service.service_id for pk, service in services.items()}
    names = {
        (item.subject, item.subject_pk): labels.get(item.subject_pk, _GONE) for item in items if item.subject == SERVICE
    }
    if grouped := [item for item in items if item.subject == GROUP]:
        groups = {group.pk: group.name for group in await load_groups(conn)}
        for item in grouped:
            then = {**(item.before or {}), **(item.after or {})}.get("name", _GONE)
            names.setdefault((GROUP, item.subject_pk), groups.get(item.subject_pk, then))
    for item in relations:
        pair = ends.get(item.subject_pk)
        if pair is not None:
            names[item.subject, item.subject_pk] = " -> ".join(ids.get(pk, _GONE) for pk in pair)
    return names
