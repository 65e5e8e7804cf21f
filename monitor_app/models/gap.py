"""The `gap` table: times about which nothing is known that counts for or against a service."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer, SmallInteger, text
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis

IS_OPEN = text("ended_at IS NULL")


class GapRow(Table, table=True):
    """A service has at most one that is open. `status` (STARTING, STOPPED, UNKNOWN) says why."""

    __tablename__ = "gap"
    __table_args__ = (
        Index("uq_gap_open", "service_pk", unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
        Index("ix_gap_service_pk_started_at", "service_pk", "started_at"),
        Index("ix_gap_ended_at", "ended_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    service_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    started_at: datetime = Field(sa_type=EpochMillis)
    ended_at: datetime | None = Field(default=None, sa_type=EpochMillis)
    status: int = Field(sa_type=SmallInteger)
