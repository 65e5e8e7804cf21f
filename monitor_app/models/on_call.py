"""The tables of on-call schedules: who is to be told in which week, and who stands in."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Integer, SmallInteger
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class OnCallScheduleRow(Table, table=True):
    """`members` are the pks of accounts in the order of their turns; the first turn begins on `starts_on`."""

    __tablename__ = "on_call_schedule"

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    name: str = Field(max_length=80, unique=True)
    time_zone: str = Field(max_length=64)
    # A date, such as 2026-05-18, and the wall clock of the time zone: 09:00. Monday is 0.
    starts_on: str = Field(max_length=10)
    hand_over_day: int = Field(sa_type=SmallInteger)
    hand_over_at: str = Field(max_length=5)
    rotation_days: int = 7
    members: list[Any] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)


class OnCallOverrideRow(Table, table=True):
    """Somebody stands in; without an account nobody is on call meanwhile."""

    __tablename__ = "on_call_override"

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    schedule_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("on_call_schedule.pk", ondelete="CASCADE"), nullable=False, index=True)
    )
    account_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("account.pk", ondelete="CASCADE"))
    )
    starts_at: datetime = Field(sa_type=UTCDateTime)
    ends_at: datetime = Field(sa_type=UTCDateTime)
    reason: str = Field(default="", max_length=200)
    who: str = Field(max_length=80)


class QuietHoursRow(Table, table=True):
    """When a person is not to be told of what is less severe than `passes`."""

    __tablename__ = "quiet_hours"

    account_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("account.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    time_zone: str = Field(max_length=64)
    # {"days": [0, ..., 6], "from": "22:00", "to": "07:00"}, Monday is 0. One that ends
    # earlier than it begins ends a day later.
    spans: list[Any] = Field(sa_type=JSON)
    passes: str = Field(max_length=10)
    updated_at: datetime = Field(sa_type=UTCDateTime)
