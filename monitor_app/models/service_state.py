"""The `service_state` table: one row a service with what is true of it now, so that nobody searches history for it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, SmallInteger
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis


class ServiceStateRow(Table, table=True):
    """The present status, since when, and the result that last touched it; written together with the results.

    A steady result does not change the row: the columns from `checked_at` to `result_id` are as the last change or the
    last merge left them, and whoever reads completes them from the newest result. On PostgreSQL a page keeps room for
    new versions.
    """

    __tablename__ = "service_state"
    __table_args__ = {"postgresql_with": {"fillfactor": 50}}  # noqa: RUF012

    service_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    status: int = Field(sa_type=SmallInteger)
    since: datetime = Field(sa_type=EpochMillis)
    checked_at: datetime = Field(sa_type=EpochMillis)
    response_ms: float | None = None
    message: str = ""
    result_id: int = Field(sa_type=BigInteger)
    # The further fields of domain/state.py, ServiceState; NULL when there is nothing to remember.
    memory: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
