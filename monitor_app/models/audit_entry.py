"""The `audit_entry` table: who changed what, and who was denied; only ever appended to."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Index, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis


class AuditEntryRow(Table, table=True):
    """One line of the log; domain/audit.py says what the columns mean and how `hash` follows from them.

    `id` is the counter `audit`, without gaps, so that a row that is missing shows.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index("ix_audit_entry_at", "at"),)

    id: int = Field(
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)
    )
    at: datetime = Field(sa_type=EpochMillis)
    who: str = Field(max_length=80)
    role: str = Field(max_length=20)
    via: str = Field(max_length=40)
    address: str = Field(max_length=45)
    action: str = Field(max_length=60)
    target_type: str = Field(max_length=40)
    target: str = Field(max_length=200)
    outcome: str = Field(max_length=10)
    times: int
    correlation_id: str = Field(max_length=32)
    before: Any | None = Field(default=None, sa_type=JSON(none_as_null=True))
    after: Any | None = Field(default=None, sa_type=JSON(none_as_null=True))
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)
