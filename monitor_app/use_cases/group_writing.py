"""Makes groups as a change wants them, as change_writing.py does with services and relations."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import ChangeItem
from monitor_app.domain.group import DEPTH_LIMIT, Group
from monitor_app.domain.group_tree import GroupTree
from monitor_app.errors import Conflict
from monitor_app.storage import groups as table
from monitor_app.storage.objectives import rename_group
from monitor_app.storage.scopes import rename_group_in_scopes
from monitor_app.storage.services import load_services
from monitor_app.use_cases.change_conflicts import named

FIELD = "change"
# Before and after; None where it was not there.
GroupPair = tuple[Group | None, Group | None]


async def write_groups(
    conn: AsyncConnection, items: Sequence[ChangeItem], present: Mapping[int, Group], now: datetime
) -> list[GroupPair]:
    """Write what is as expected; `present` are those that the items are about, by pk.

    Raises Conflict when another group has a name that is wanted.
    """
    if not items:
        return []
    going = [item.subject_pk for item in items if item.after is None]
    staying = [item for item in items if item.before is not None and item.after is not None]
    coming = [item for item in items if item.before is None]
    wanted = {item.after["name"] for item in (*staying, *coming) if item.after and "name" in item.after}
    leaving = {present[item.subject_pk].name for item in (*items,) if item.before is not None}
    names = {group.name for group in await table.load_groups(conn)}
    if taken := sorted(wanted & (names - leaving)):
        raise Conflict({FIELD: f"{named(taken)} {'is the name of another group' if len(taken) == 1 else 'are taken'}"})
    await table.delete_groups(conn, going)
    pairs: list[GroupPair] = [(present[pk], None) for pk in going]
    for item in staying:
        values = _columns(item)
        await table.update_groups(conn, [(item.subject_pk, values | {"updated_at": now})])
        if "name" in values:
            await rename_group(conn, present[item.subject_pk].name, values["name"])
            await rename_group_in_scopes(conn, present[item.subject_pk].name, values["name"])
        pairs.append((present[item.subject_pk], replace(present[item.subject_pk], **values)))
    rows = [_columns(item) | {"pk": item.subject_pk, "updated_at": now} for item in coming]
    pairs += [(None, group) for group in await table.insert_groups(conn, rows)]
    return pairs


async def judge_groups(conn: AsyncConnection, pairs: Sequence[GroupPair]) -> None:
    """Raises Conflict where a group would be in itself or too deep, or what came into one since would stay behind."""
    if not pairs:
        return
    services, rows = await load_services(conn), {group.name: group for group in await table.load_groups(conn)}
    renamed = {old.name: new.name for old, new in pairs if old is not None and new is not None and old.name != new.name}
    behind = [service.label for service in services if service.group in renamed]
    behind += [group.name for group in rows.values() if group.parent in renamed]
    if behind:
        raise Conflict({FIELD: f"would leave behind what came in since: {named(behind)}"})
    tree = GroupTree(rows.values(), {service.group for service in services})
    for _, group in pairs:
        if group is None:
            continue
        if _is_in_itself(group, rows):
            raise Conflict({FIELD: f"{group.name} would be in itself"})
        if tree.depth(group.name) + tree.height(group.name) - 1 > DEPTH_LIMIT:
            raise Conflict({FIELD: f"the tree would be more than {DEPTH_LIMIT} levels deep at {group.name}"})


def shown_group(group: Group) -> dict[str, Any]:
    """A group as the audit log shows it after an undo."""
    return {"name": group.name, "description": group.description, "parent": group.parent, "rollup": group.rollup}


def _is_in_itself(group: Group, rows: Mapping[str, Group]) -> bool:
    seen, parent = {group.name}, group.parent
    while parent and parent not in seen:
        seen.add(parent)
        parent = rows[parent].parent if parent in rows else ""
    return bool(parent)


def _columns(item: ChangeItem) -> dict[str, Any]:
    columns = dict(item.after or {})
    if "created_at" in columns:
        columns["created_at"] = datetime.fromisoformat(columns["created_at"])
    return columns
