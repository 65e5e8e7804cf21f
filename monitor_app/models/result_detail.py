"""The `result_detail` table: what some checks found in full, beside the numbers that every result keeps."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, SmallInteger
from sqlmodel import JSON, Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis


class ResultDetailRow(Table, table=True):
    """Of each service the newest, and the newest ones that were not good; older ones are taken away."""

    __tablename__ = "result_detail"

    service_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    result_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    checked_at: datetime = Field(sa_type=EpochMillis, index=True)
    status: int = Field(sa_type=SmallInteger)
    # As the kind tells it: facts, headers, the begin of a body, tables; all bounded and without secrets.
    document: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
