"""The `service_state` table: one row a service with what is true of it now, so that nobody searches history for it."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, SmallInteger
from sqlmodel import Field, SQLModel

from monitor_app.models.types import EpochMillis


class ServiceStateRow(SQLModel, table=True):
    """The present status, since when, and the result that last touched it; written together with the results."""

    __tablename__ = "service_state"

    service_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), primary_key=True))
    status: int = Field(sa_type=SmallInteger)
    since: datetime = Field(sa_type=EpochMillis)
    checked_at: datetime = Field(sa_type=EpochMillis)
    response_ms: float | None = None
    message: str = ""
    result_id: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
