"""The alert_rule table.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.condition import parse_condition
from monitor_app.domain.alerting.rule import AlertRule
from monitor_app.domain.alerting.scope import Scope
from monitor_app.domain.alerting.severity import given_severity
from monitor_app.domain.changes import ServiceEvent
from monitor_app.domain.status import Status
from monitor_app.errors import InvalidInput
from monitor_app.log import get_logger
from monitor_app.models.alert_rule import AlertRuleRow
from monitor_app.storage.history.changes import service_events
from monitor_app.storage.history.states import fetch_states

rules = AlertRuleRow.__table__  # type: ignore[attr-defined]

_COLUMNS = (
    rules.c.pk,
    rules.c.name,
    rules.c.enabled,
    rules.c.is_default,
    rules.c.severity,
    rules.c.condition,
    rules.c.scope,
    rules.c.for_seconds,
    rules.c.policy_pk,
)

# More services than this are not listed in a statement: all are read, and the others passed over.
_LISTED = 500

logger = get_logger(__name__)


async def load_rules(conn: AsyncConnection) -> list[AlertRule]:
    """All of them, disabled ones as well, by pk. One that cannot be understood is logged and left out."""
    found = []
    for row in (await conn.execute(select(*_COLUMNS).order_by(rules.c.pk))).mappings():
        try:
            found.append(rule_of(row))
        except InvalidInput as err:
            logger.error("an alert rule cannot be understood", rule=row["name"], reason=str(err))
    return found


def rule_of(row: RowMapping) -> AlertRule:
    """From a row. Raises InvalidInput when somebody wrote nonsense into it."""
    values = dict(row)
    return AlertRule(
        **{
            **values,
            "severity": given_severity("severity", values["severity"]),
            "condition": parse_condition(values["condition"]),
            "scope": Scope.parse(values["scope"]),
        }
    )


async def insert_rule(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Add one, after `lock`; returns its pk."""
    pk: int = (await conn.execute(insert(rules).values(**values, is_default=False).returning(rules.c.pk))).scalar_one()
    return pk


async def update_rule(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> None:
    """Change columns of one, after `lock`."""
    await conn.execute(update(rules).where(rules.c.pk == pk).values(**values))


async def delete_rule(conn: AsyncConnection, pk: int) -> None:
    """Remove one, after `lock`."""
    await conn.execute(delete(rules).where(rules.c.pk == pk))


async def load_status_changes(
    conn: AsyncConnection, service_pks: Collection[int], since: datetime, until: datetime
) -> dict[int, list[ServiceEvent]]:
    """The changes of the status of these services in a span, each one's in order."""
    wanted, found = frozenset(service_pks), dict[int, list[ServiceEvent]]()
    columns = service_events.c
    where = [columns.kind == "status_changed", columns.at >= since, columns.at < until]
    if len(wanted) <= _LISTED:
        where.append(columns.service_pk.in_(wanted))
    rows = await conn.execute(select(service_events).where(*where).order_by(columns.at, columns.id))
    for row in rows.mappings():
        if row["service_pk"] in wanted:
            found.setdefault(row["service_pk"], []).append(
                ServiceEvent(
                    row["service_pk"],
                    row["at"],
                    row["kind"],
                    row["who"],
                    row["reason"],
                    None if row["before"] is None else Status(row["before"]),
                    None if row["after"] is None else Status(row["after"]),
                )
            )
    return found


async def load_last_status(
    conn: AsyncConnection, service_pks: Collection[int]
) -> dict[int, tuple[datetime, Status, str]]:
    """Of these services: since when which status, and why."""
    wanted = frozenset(service_pks)
    return {
        state.service_pk: (state.since, state.status, state.cause or state.message)
        for state in await fetch_states(conn)
        if state.service_pk in wanted
    }
