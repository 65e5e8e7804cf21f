"""The tables of what goes out: notifications on their way, and escalations that are under way."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis


class NotificationRow(Table, table=True):
    """A message to one channel. Written in the transaction of the change that it tells of, sent afterwards."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("ix_notification_state_due_at", "state", "due_at"),
        {"sqlite_autoincrement": True},
    )

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    # The receiver's means to know a message that comes twice.
    dedupe_key: str = Field(max_length=120, unique=True)
    # "fired", "update", "repeat", "resolved", "escalated", "flapping", "monitor", "delivery" or "test".
    kind: str = Field(max_length=20)
    # The one that it tells of; None when it tells of several (notification_incident).
    incident_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("incident.pk", ondelete="CASCADE"), index=True)
    )
    channel_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("channel.pk", ondelete="SET NULL"), index=True)
    )
    channel_name: str = Field(max_length=80)
    # The person it is for, where it is for one.
    account_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("account.pk", ondelete="SET NULL"))
    )
    # "waiting", "sending", "sent", "dead" or "held"; and why, in words.
    state: str = Field(max_length=12)
    why: str = Field(default="", max_length=300)
    # What it says, as data (domain/alerting/message.py): rendered for its channel when it is sent.
    message: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=EpochMillis, index=True)
    # Not to be tried before, or held until then; None: never again.
    due_at: datetime | None = Field(default=None, sa_type=EpochMillis)
    attempts: int = 0
    claimed_by: str = Field(default="", max_length=60)
    claimed_until: datetime | None = Field(default=None, sa_type=EpochMillis)
    finished_at: datetime | None = Field(default=None, sa_type=EpochMillis)
    # What the provider said last, without secrets.
    answer: str = Field(default="", max_length=1000)


class NotificationIncidentRow(Table, table=True):
    """Which incidents a notification tells of: one, or in a storm many. What tells of the same one keeps its order."""

    __tablename__ = "notification_incident"

    notification_pk: int = Field(
        sa_column=Column(
            Integer, ForeignKey("notification.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False
        )
    )
    incident_pk: int = Field(
        sa_column=Column(
            Integer, ForeignKey("incident.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
        )
    )


class EscalationRow(Table, table=True):
    """Where an incident stands in a policy: the next step, and when it is due."""

    __tablename__ = "escalation"

    incident_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("incident.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    policy_pk: int = Field(
        sa_column=Column(
            Integer,
            ForeignKey("escalation_policy.pk", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
            index=True,
        )
    )
    severity: str = Field(max_length=10)
    round: int = 0
    step: int = 0
    started_at: datetime = Field(sa_type=EpochMillis)
    # None: it has ended, or was stopped.
    due_at: datetime | None = Field(default=None, sa_type=EpochMillis, index=True)
    why_stopped: str = Field(default="", max_length=40)
