"""What differs between an object as it is and as a file wants it, field by field and without secrets."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from monitor_app.domain.group import Group
from monitor_app.domain.relation import Relation
from monitor_app.plugins.sealing import masked
from monitor_app.redact import MASK
from monitor_app.use_cases import auditing
from monitor_app.use_cases.configuration.document import RelationEntry
from monitor_app.use_cases.configuration.plan import FieldChange
from monitor_app.use_cases.drift import differences
from monitor_app.use_cases.groups import view_of


def field_changes(
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    applied: Mapping[str, Any] | None = None,
    hidden: Collection[str] = (),
) -> list[FieldChange]:
    """Every field that changes; of objects each of their names. Of a new one (before is None) all that is not blank.

    Both hold secrets sealed. `applied` is what a file said last: what differs from that now has drifted. `hidden` are
    fields whose value is shown to nobody.
    """
    drifted = () if applied is None or before is None else differences(applied, masked(before))
    changes: list[FieldChange] = []
    for name, old, new in _pairs(before or {}, after):
        if old == new or (before is None and new in ("", [], None)):
            continue
        shown = _masked(old), _masked(new)
        is_secret = name in hidden or shown[0] == shown[1] or MASK in shown
        was, becomes = (None, None) if is_secret else shown
        changes.append(FieldChange(name, was, becomes, is_secret, name in drifted))
    return changes


def applied_relation(entry: RelationEntry) -> dict[str, Any]:
    """What the file says of a relation, as `auditing.shown_relation` has it."""
    relation = Relation(0, 0, 0, entry.relation_type, entry.enabled, entry.note)
    return auditing.shown_relation(relation, entry.source, entry.target)


def shown_group(group: Group, names: Mapping[int, str]) -> dict[str, Any]:
    """A group for the audit log, as `GroupEntry.document` is what a file says of it. `names` are service_ids by pk."""
    return view_of(group.name, group, names).document


def shown_columns(service_id: str, columns: Mapping[str, Any]) -> dict[str, Any]:
    """What a file says of a service, as `auditing.shown_service` has it of the stored one."""
    return {"service_id": service_id, **columns, "status_config": masked(columns["status_config"])}


def _masked(value: Any) -> Any:
    """Most values are plain: no need to look into those."""
    return masked(value) if isinstance(value, dict | list) else value


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name, new in after.items():
        old = before.get(name)
        if isinstance(new, Mapping):
            earlier = old if isinstance(old, Mapping) else {}
            for key in [*new, *(key for key in earlier if key not in new)]:
                yield f"{name}.{key}", earlier.get(key), new.get(key)
        else:
            yield name, old, new
