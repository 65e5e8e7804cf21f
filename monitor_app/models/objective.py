"""The `objective` table: how much of a time a service or a group is to be up (a service level objective)."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class ObjectiveRow(Table, table=True):
    """Either of a service, or of a group and the groups in it."""

    __tablename__ = "objective"

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    name: str = Field(max_length=80, unique=True)
    service_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), index=True)
    )
    group: str = Field(default="", max_length=80)
    # A share of the known time, above 0 and below 1.
    target: float
    # The last so many days.
    window_days: int
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
