"""The `heartbeat` table: what services reported of themselves, on its way from the web process to the engine."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, SmallInteger
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis


class HeartbeatRow(Table, table=True):
    """A report. Ids come from the counter `heartbeat_given`, so they grow in the order of the commits.

    Those that became results are taken away, but not the newest of each signal of a service: a new engine reads them.
    """

    __tablename__ = "heartbeat"

    id: int = Field(
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False)
    )
    at: datetime = Field(sa_type=EpochMillis)
    service_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    signal: str = Field(max_length=16)
    status: int | None = Field(default=None, sa_type=SmallInteger)
    message: str = ""
    ping_ms: float | None = None
