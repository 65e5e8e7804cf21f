"""The `silence` table: alerts that nobody is to be told of until a moment, and why."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis, UTCDateTime


class SilenceRow(Table, table=True):
    """Of the services of a scope, and of one rule where it names one."""

    __tablename__ = "silence"

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    scope: dict[str, Any] = Field(sa_type=JSON)
    rule_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("alert_rule.pk", ondelete="CASCADE"))
    )
    reason: str = Field(max_length=200)
    starts_at: datetime = Field(sa_type=EpochMillis)
    ends_at: datetime = Field(sa_type=EpochMillis, index=True)
    who: str = Field(max_length=80)
    created_at: datetime = Field(sa_type=UTCDateTime)
