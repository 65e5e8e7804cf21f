"""The tables `escalation_policy`, `on_call_schedule`, `on_call_override` and `quiet_hours`.

All functions work in the caller's transaction; those that change something need one of `Database.write()`, and raise
the counter `alerting_rules`, which alerting follows.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.on_call import Override, Schedule, in_order
from monitor_app.domain.alerting.policy import Policy, parse_steps
from monitor_app.domain.alerting.quiet import QuietHours, parse_spans
from monitor_app.domain.alerting.severity import given_severity
from monitor_app.domain.alerting.wall_clock import given_clock, given_day, given_zone
from monitor_app.models import (
    AlertRuleRow,
    ChannelRow,
    EscalationPolicyRow,
    EscalationRow,
    IncidentRow,
    OnCallOverrideRow,
    OnCallScheduleRow,
    QuietHoursRow,
)
from monitor_app.storage.alerting_lock import lock

policies = EscalationPolicyRow.__table__  # type: ignore[attr-defined]
schedules = OnCallScheduleRow.__table__  # type: ignore[attr-defined]
overrides = OnCallOverrideRow.__table__  # type: ignore[attr-defined]
quiet_hours = QuietHoursRow.__table__  # type: ignore[attr-defined]
channels = ChannelRow.__table__  # type: ignore[attr-defined]
rules = AlertRuleRow.__table__  # type: ignore[attr-defined]
runs = EscalationRow.__table__  # type: ignore[attr-defined]
incidents = IncidentRow.__table__  # type: ignore[attr-defined]
_TITLES = 20


@dataclass(frozen=True, slots=True)
class OnCallBook:
    """Who is told, as of one moment: policies and schedules by their pk, quiet hours by that of the account."""

    policies: Mapping[int, Policy] = field(default_factory=dict)
    schedules: Mapping[int, Schedule] = field(default_factory=dict)
    quiet: Mapping[int, QuietHours] = field(default_factory=dict)

    @property
    def default_policy(self) -> Policy | None:
        """The one for rules that name none."""
        return next((policy for policy in self.policies.values() if policy.is_default), None)


@dataclass(frozen=True, slots=True)
class NamedChannel:
    """What a policy needs to know of a channel."""

    pk: int
    name: str
    enabled: bool
    account_pk: int | None


async def load_on_call(conn: AsyncConnection) -> OnCallBook:
    """All of it; there is little."""
    return OnCallBook(
        {policy.pk: policy for policy in await load_policies(conn)},
        {schedule.pk: schedule for schedule in await load_schedules(conn)},
        await load_quiet_hours(conn),
    )


async def load_policies(conn: AsyncConnection) -> list[Policy]:
    """All, by name."""
    rows = await conn.execute(select(policies).order_by(func.lower(policies.c.name), policies.c.pk))
    return [_policy(row) for row in rows.mappings()]


async def load_schedules(conn: AsyncConnection) -> list[Schedule]:
    """All with their overrides, by name."""
    standing_in = defaultdict[int, list[Override]](list)
    for row in (await conn.execute(select(overrides))).mappings():
        standing_in[row["schedule_pk"]].append(_override(row))
    rows = await conn.execute(select(schedules).order_by(func.lower(schedules.c.name), schedules.c.pk))
    return [_schedule(row, standing_in[row["pk"]]) for row in rows.mappings()]


async def load_quiet_hours(conn: AsyncConnection) -> dict[int, QuietHours]:
    """Of everybody who has some."""
    return {row["account_pk"]: _quiet(row) for row in (await conn.execute(select(quiet_hours))).mappings()}


async def load_named_channels(conn: AsyncConnection) -> list[NamedChannel]:
    """All channels, by name."""
    columns = (channels.c.pk, channels.c.name, channels.c.enabled, channels.c.account_pk)
    rows = await conn.execute(select(*columns).order_by(func.lower(channels.c.name), channels.c.pk))
    return [NamedChannel(*row) for row in rows]


async def rules_with_policy(conn: AsyncConnection, policy_pk: int) -> list[str]:
    """The names of the alert rules that name a policy."""
    rows = await conn.execute(select(rules.c.name).where(rules.c.policy_pk == policy_pk).order_by(rules.c.name))
    return list(rows.scalars())


async def incidents_on_policy(conn: AsyncConnection, policy_pk: int) -> list[str]:
    """The titles of some open incidents that still have steps of a policy before them."""
    chosen = runs.c.policy_pk == policy_pk, runs.c.due_at.is_not(None), incidents.c.resolved_at.is_(None)
    joined = select(incidents.c.title).join(runs, runs.c.incident_pk == incidents.c.pk)
    return list((await conn.execute(joined.where(*chosen).order_by(incidents.c.pk).limit(_TITLES))).scalars())


async def insert_policy(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Add one; returns its pk. Where it is the default, no other is."""
    return await _insert(conn, policies, values)


async def update_policy(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> None:
    """Change columns of one."""
    await _update(conn, policies, pk, values)


async def no_default_policy(conn: AsyncConnection) -> None:
    """Before another one becomes the default."""
    await conn.execute(update(policies).where(policies.c.is_default).values(is_default=False))


async def delete_policy(conn: AsyncConnection, pk: int) -> None:
    """Remove one."""
    await _delete(conn, policies, pk)


async def insert_schedule(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Add one; returns its pk."""
    return await _insert(conn, schedules, values)


async def update_schedule(conn: AsyncConnection, pk: int, values: Mapping[str, Any]) -> None:
    """Change columns of one."""
    await _update(conn, schedules, pk, values)


async def delete_schedule(conn: AsyncConnection, pk: int) -> None:
    """Remove one with its overrides."""
    await _delete(conn, schedules, pk)


async def insert_override(conn: AsyncConnection, values: Mapping[str, Any]) -> int:
    """Add one; returns its pk."""
    return await _insert(conn, overrides, values)


async def delete_override(conn: AsyncConnection, pk: int) -> None:
    """Remove one."""
    await _delete(conn, overrides, pk)


async def put_quiet_hours(conn: AsyncConnection, account_pk: int, values: Mapping[str, Any] | None) -> None:
    """Those of a person from now on; None: none."""
    await lock(conn)
    await conn.execute(delete(quiet_hours).where(quiet_hours.c.account_pk == account_pk))
    if values is not None:
        await conn.execute(insert(quiet_hours).values(account_pk=account_pk, **values))


async def _insert(conn: AsyncConnection, table: Any, values: Mapping[str, Any]) -> int:
    await lock(conn)
    pk: int = (await conn.execute(insert(table).values(**values).returning(table.c.pk))).scalar_one()
    return pk


async def _update(conn: AsyncConnection, table: Any, pk: int, values: Mapping[str, Any]) -> None:
    await lock(conn)
    await conn.execute(update(table).where(table.c.pk == pk).values(**values))


async def _delete(conn: AsyncConnection, table: Any, pk: int) -> None:
    await lock(conn)
    await conn.execute(delete(table).where(table.c.pk == pk))


def _policy(row: RowMapping) -> Policy:
    return Policy(
        row["pk"], row["name"], row["is_default"], parse_steps(row["steps"]), row["rounds"], row["fallback_channel_pk"]
    )


def _schedule(row: RowMapping, standing_in: Sequence[Override]) -> Schedule:
    return Schedule(
        row["pk"],
        row["name"],
        given_zone("time_zone", row["time_zone"]),
        given_day("starts_on", row["starts_on"]),
        row["hand_over_day"],
        given_clock("hand_over_at", row["hand_over_at"]),
        row["rotation_days"],
        tuple(row["members"]),
        in_order(standing_in),
    )


def _override(row: RowMapping) -> Override:
    starts_at: datetime = row["starts_at"]
    return Override(row["pk"], row["account_pk"], starts_at, row["ends_at"], row["reason"], row["who"])


def _quiet(row: RowMapping) -> QuietHours:
    return QuietHours(
        given_zone("time_zone", row["time_zone"]), parse_spans(row["spans"]), given_severity("passes", row["passes"])
    )
