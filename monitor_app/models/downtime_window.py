"""The `downtime_window` table: from the first failed result of a confirmed failure to the first good one."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer, text
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis

IS_OPEN = text("ended_at IS NULL")


class DowntimeWindow(Table, table=True):
    """A service has at most one that is open."""

    __tablename__ = "downtime_window"
    __table_args__ = (
        Index("uq_downtime_window_open", "service_pk", unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN),
        Index("ix_downtime_window_service_pk_started_at", "service_pk", "started_at"),
        Index("ix_downtime_window_ended_at", "ended_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    service_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    started_at: datetime = Field(sa_type=EpochMillis)
    ended_at: datetime | None = Field(default=None, sa_type=EpochMillis)
    # What the first failed result said.
    cause: str = ""
