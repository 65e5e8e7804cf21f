"""What every use case that changes something calls, inside its transaction: one line of the audit log."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.audit import AuditEntry, Outcome
from monitor_app.domain.change import ChangeItem
from monitor_app.domain.hold import Hold
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.security.permissions import Identity
from monitor_app.security.vault import masked
from monitor_app.storage import audit
from monitor_app.storage.change_log import forget_services
from monitor_app.use_cases.change_log import record_change, relation_items, service_items

_PURGE = "service.purge"
_AUDITED_LIMIT = 1000
_SOURCE, _TARGET = "source_service_id", "target_service_id"
_NAMES = ("service_id", _SOURCE, _TARGET)


async def record(
    conn: AsyncConnection,
    identity: Identity,
    action: str,
    *,
    at: datetime,
    target_type: str = "",
    target: str = "",
    before: Any = None,
    after: Any = None,
    outcome: Outcome = "done",
    times: int = 1,
) -> None:
    """Write one line, last in the transaction; for a bulk `before` and `after` are lists, an item each.

    `action` is `noun.verb`, such as `service.update`. `before` and `after` hold no secret: mask them first.
    """
    entry = AuditEntry(
        who=identity.name,
        role=identity.role,
        action=action,
        target_type=target_type,
        target=target,
        outcome=outcome,
        via=f"{identity.via} {identity.credential}".strip(),
        address=identity.address,
        correlation_id=identity.correlation_id,
        times=times,
        before=before,
        after=after,
    )
    await audit.append(conn, entry, at)


async def record_services(
    conn: AsyncConnection,
    identity: Identity,
    action: str,
    at: datetime,
    *,
    before: Sequence[ServiceDefinition] = (),
    after: Sequence[ServiceDefinition] = (),
    also: Sequence[ChangeItem] = (),
    undoable: bool = True,
) -> None:
    """One line for what was done with one service, or with many at once; and in the change log what undoes it.

    Where there is a before and an after, only what differs stands in them. `also` is what belongs to the same change
    and has a line of its own.
    """
    if action == _PURGE:
        await forget_services(conn, [service.pk for service in before])
    else:
        did = [*service_items(before, after), *also]
        await record_change(conn, identity, action, at, did, undoable=undoable)
    named = after or before
    documents = [shown_service(service) for service in before], [shown_service(service) for service in after]
    target = named[0].service_id if len(named) == 1 else f"{len(named)} services"
    await _record_documents(conn, identity, action, at, "service", target, *documents)


async def record_relations(
    conn: AsyncConnection,
    identity: Identity,
    action: str,
    at: datetime,
    *,
    before: Sequence[Mapping[str, Any]] = (),
    after: Sequence[Mapping[str, Any]] = (),
    changed_before: Sequence[Relation] = (),
    changed_after: Sequence[Relation] = (),
) -> None:
    """The same for relations, each as `shown_relation` gives it; `changed_...` are their rows."""
    await record_change(conn, identity, action, at, relation_items(changed_before, changed_after))
    named = after or before
    target = f"{named[0][_SOURCE]} -> {named[0][_TARGET]}" if len(named) == 1 else f"{len(named)} relations"
    await _record_documents(conn, identity, action, at, "relation", target, before, after)


def shown_service(service: ServiceDefinition) -> dict[str, Any]:
    """A service as the audit log shows it, without secrets; `pause` and `maintenance` only while there is one."""
    holds = {"pause": service.pause, "maintenance": service.maintenance}
    return {
        "service_id": service.service_id,
        "label": service.label,
        "service_type": service.service_type,
        "kind": service.kind,
        "group": service.group,
        "environment": service.environment,
        "tags": list(service.tags),
        "status_config": masked(service.status_config),
        "metric_config": dict(service.metric_config),
        "interval_seconds": service.interval_seconds,
        "enabled": service.enabled,
        **{name: shown_hold(hold) for name, hold in holds.items() if hold is not None},
    }


def shown_hold(hold: Hold) -> dict[str, Any]:
    """A pause or a maintenance as the audit log shows it."""
    until = None if hold.until is None else hold.until.astimezone(UTC).isoformat()
    return {"who": hold.who, "reason": hold.reason, "until": until}


def shown_relation(relation: Relation, source: str, target: str) -> dict[str, Any]:
    """A relation as the audit log shows it; its ends by service_id."""
    return {
        _SOURCE: source,
        _TARGET: target,
        "relation_type": relation.relation_type,
        "enabled": relation.enabled,
        "note": relation.note,
    }


async def record_pairs(
    conn: AsyncConnection,
    identity: Identity,
    action: str,
    at: datetime,
    target_type: str,
    target: str,
    pairs: Sequence[tuple[Mapping[str, Any] | None, Mapping[str, Any] | None]],
) -> None:
    """One line for many things of which some came, some went and some changed: each as shown, None where it is not.

    Whoever reads the log reads all of a line, so beyond the first thousand there are only names.
    """
    before: list[Any] = []
    after: list[Any] = []
    for number, (old, new) in enumerate(pairs):
        if old is not None and new is not None:
            old, new = _difference(old, new)
        for side, document in ((before, old), (after, new)):
            if document is not None:
                side.append(document if number < _AUDITED_LIMIT else _named(document))
    sides = [side[0] if len(side) == 1 else side or None for side in (before, after)]
    await record(conn, identity, action, at=at, target_type=target_type, target=target, before=sides[0], after=sides[1])


def _named(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in _NAMES if name in document}


async def _record_documents(
    conn: AsyncConnection,
    identity: Identity,
    action: str,
    at: datetime,
    target_type: str,
    target: str,
    before: Sequence[Mapping[str, Any]],
    after: Sequence[Mapping[str, Any]],
) -> None:
    if before and after:
        pairs = [_difference(old, new) for old, new in zip(before, after, strict=True)]
        before, after = [old for old, _ in pairs], [new for _, new in pairs]
    sides = [side[0] if len(side) == 1 else list(side) or None for side in (before, after)]
    await record(conn, identity, action, at=at, target_type=target_type, target=target, before=sides[0], after=sides[1])


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both with what names them, and with what is not the same."""
    names = [name for name in {**before, **after} if name in _NAMES or before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}
