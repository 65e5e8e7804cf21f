"""The `check_result` table: one row a check, appended in batches and never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, SmallInteger
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.numbers import NumbersByName
from monitor_app.models.types import EpochMillis


class CheckResultRow(Table, table=True):
    """A recorded check. `id` is given by the one process that writes, so that readers can follow the table by it.

    SQLite: what came in the last minutes, without any index, so that a batch is an append to the last page; `merge`
    moves it into `result_piece` and `result_block`. PostgreSQL: everything, in a partition a day of `checked_at`
    (storage/partitions.py), where the primary key holds `checked_at` too.

    The wide columns stand first: PostgreSQL pads less that way.
    """

    __tablename__ = "check_result"
    __table_args__ = (Index("ix_check_result_service_time", "service_pk", "checked_at").ddl_if(dialect="postgresql"),)

    id: int = Field(
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)
    )
    checked_at: datetime = Field(sa_type=EpochMillis)
    response_ms: float | None = None
    service_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    status: int = Field(sa_type=SmallInteger)
    message: str = ""
    # Names to milliseconds, and names to numbers; NULL when there are none.
    phases: dict[str, float] | None = Field(default=None, sa_type=NumbersByName)
    metrics: dict[str, Any] | None = Field(default=None, sa_type=NumbersByName)
