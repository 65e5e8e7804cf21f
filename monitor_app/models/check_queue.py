"""The `check_queue` table: the circuit breaker of the queue of all checks, in one row."""

from datetime import datetime

from sqlalchemy import Column, Integer, Text
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime

THE_ONE = 1


class CheckQueueRow(Table, table=True):
    """The row with the pk THE_ONE; where it is missing, the breaker was never touched and is closed."""

    __tablename__ = "check_queue"

    pk: int = Field(default=THE_ONE, sa_column=Column(Integer, primary_key=True, autoincrement=False))
    # "open": no check is started; "closed", "half-open".
    state: str = Field(max_length=10)
    opened_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    reason: str = Field(default="", sa_type=Text)
    # Who opened or closed it last, by name and, where it was a person who has an account, by account.
    by_name: str = Field(default="", max_length=80)
    account_pk: int | None = None
    updated_at: datetime = Field(sa_type=UTCDateTime)
