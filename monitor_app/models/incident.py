"""The tables of incidents: what belongs to one outage, and its story."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, Text
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis


class IncidentRow(Table, table=True):
    """One or more alerts with one cause. What people say of it stands beside what the engine says of it."""

    __tablename__ = "incident"
    __table_args__ = ({"sqlite_autoincrement": True},)

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    title: str = Field(max_length=200)
    severity: str = Field(max_length=10)
    # The service that it began with, as far as is known.
    root_service_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("service.pk", ondelete="SET NULL"))
    )
    cause: str = Field(default="", sa_type=Text)
    started_at: datetime = Field(sa_type=EpochMillis, index=True)
    resolved_at: datetime | None = Field(default=None, sa_type=EpochMillis, index=True)
    # Somebody said that it is one with another one.
    merged_into_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("incident.pk", ondelete="SET NULL"))
    )
    acknowledged_at: datetime | None = Field(default=None, sa_type=EpochMillis)
    acknowledged_by: str = Field(default="", max_length=80)
    acknowledged_until: datetime | None = Field(default=None, sa_type=EpochMillis)
    assignee_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("account.pk", ondelete="SET NULL"))
    )
    post_mortem: str = Field(default="", sa_type=Text)
    # Of the counter `alerting` (models/counter.py) when it changed last.
    revision: int = Field(default=0, sa_type=BigInteger, index=True)


class IncidentEntryRow(Table, table=True):
    """What happened when. `who` is empty for the program itself."""

    __tablename__ = "incident_entry"
    __table_args__ = (Index("ix_incident_entry_incident_pk_at", "incident_pk", "at"),)

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    incident_pk: int = Field(sa_column=Column(Integer, ForeignKey("incident.pk", ondelete="CASCADE"), nullable=False))
    at: datetime = Field(sa_type=EpochMillis)
    # fired, resolved, held, joined, merged, split, acknowledged, assigned, note, told, escalated, ...
    kind: str = Field(max_length=30)
    who: str = Field(default="", max_length=80)
    text: str = Field(default="", sa_type=Text)
    service_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("service.pk", ondelete="SET NULL"))
    )
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class IncidentChannelRow(Table, table=True):
    """What a channel was told of an incident: who was told that it fires is told of its end."""

    __tablename__ = "incident_channel"

    incident_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("incident.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    channel_pk: int = Field(
        sa_column=Column(
            Integer, ForeignKey("channel.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
        )
    )
    first_told_at: datetime | None = Field(default=None, sa_type=EpochMillis)
    last_told_at: datetime | None = Field(default=None, sa_type=EpochMillis)
    # When the next message goes out that collects what has come since; None: nothing to tell.
    due_at: datetime | None = Field(default=None, sa_type=EpochMillis, index=True)
    # How many messages there were: part of the key that keeps each from being sent twice.
    number: int = 0
    told: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
