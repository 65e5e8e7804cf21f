"""The `service_state` table: one row a service with what is true of it now, so that nobody searches history for it."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, SmallInteger
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis


class ServiceStateRow(Table, table=True):
    """The present status, since when, and the result that last touched it; written together with the results.

    Each check changes the row, so nothing but the key is indexed, and on PostgreSQL a page keeps room for new versions.
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
