"""The `service_event` table: who did what to a service when, and why; and each change of its status."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer, SmallInteger
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis


class ServiceEventRow(Table, table=True):
    """`who` is empty for the engine itself; `before` and `after` are the statuses of a `status_changed`."""

    __tablename__ = "service_event"
    __table_args__ = (
        Index("ix_service_event_service_pk", "service_pk"),
        Index("ix_service_event_service_pk_at", "service_pk", "at"),
        Index("ix_service_event_at", "at"),
    )

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    service_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    at: datetime = Field(sa_type=EpochMillis)
    kind: str = Field(max_length=40)
    who: str = ""
    reason: str = ""
    before: int | None = Field(default=None, sa_type=SmallInteger)
    after: int | None = Field(default=None, sa_type=SmallInteger)
