"""The `alert` table: a rule that holds for a service, from pending to resolved; and how far alerting has come."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, Text, text
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis

IS_OPEN = text("resolved_at IS NULL")


class AlertRow(Table, table=True):
    """A rule has at most one for a service that is not resolved; the next time is another alert.

    What people do with it (acknowledged, assignee) is written by them alone, all else by the engine alone.
    """

    __tablename__ = "alert"
    __table_args__ = (
        Index("uq_alert_open", "rule_pk", "service_pk", unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
        Index("ix_alert_service_pk_since", "service_pk", "since"),
        {"sqlite_autoincrement": True},
    )

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    rule_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("alert_rule.pk", ondelete="SET NULL"))
    )
    rule_name: str = Field(max_length=120)
    service_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"))
    )
    # "service", "flapping", "monitor" or "delivery": what it is about when no rule is.
    subject: str = Field(max_length=20)
    severity: str = Field(max_length=10)
    # "pending", "firing" or "resolved".
    state: str = Field(max_length=12)
    # Why nobody is told: "", "dependency", "maintenance", "silence", "flapping", "offline"; and in words.
    held_by: str = Field(default="", max_length=20)
    held_why: str = Field(default="", max_length=300)
    cause: str = Field(default="", sa_type=Text)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    since: datetime = Field(sa_type=EpochMillis, index=True)
    fired_at: datetime | None = Field(default=None, sa_type=EpochMillis)
    resolved_at: datetime | None = Field(default=None, sa_type=EpochMillis, index=True)
    why_resolved: str = Field(default="", max_length=300)
    incident_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("incident.pk", ondelete="SET NULL"), index=True)
    )
    policy_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("escalation_policy.pk", ondelete="SET NULL"))
    )
    acknowledged_at: datetime | None = Field(default=None, sa_type=EpochMillis)
    acknowledged_by: str = Field(default="", max_length=80)
    acknowledged_until: datetime | None = Field(default=None, sa_type=EpochMillis)
    assignee_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("account.pk", ondelete="SET NULL"))
    )
    revision: int = Field(default=0, sa_type=BigInteger, index=True)


class AlertingPositionRow(Table, table=True):
    """One row: the last service_event that alerting has dealt with, and what else it must remember."""

    __tablename__ = "alerting_position"

    pk: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    event_id: int = 0
    memory: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
