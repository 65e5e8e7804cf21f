"""The `check_result` table: one row a check, appended in batches and never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, SmallInteger
from sqlmodel import Field, SQLModel

from monitor_app.models.types import EpochMillis


class CheckResultRow(SQLModel, table=True):
    """A recorded check. `id` is given by the one process that writes, so that readers can follow the table by it."""

    __tablename__ = "check_result"
    __table_args__ = (Index("ix_check_result_service_time", "service_pk", "checked_at"),)

    id: int = Field(
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)
    )
    service_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    checked_at: datetime = Field(sa_type=EpochMillis)
    status: int = Field(sa_type=SmallInteger)
    response_ms: float | None = None
    message: str = ""
    # Names to milliseconds, and names to numbers; NULL when there are none.
    phases: dict[str, float] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    metrics: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
