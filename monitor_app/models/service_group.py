"""The `service_group` table: what is known of a group beside its name, which services carry in `group`."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Integer, String, UniqueConstraint, text
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class ServiceGroupRow(Table, table=True):
    """A group that somebody described; one that only services name has no row."""

    __tablename__ = "service_group"
    __table_args__ = (UniqueConstraint("name"),)

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    name: str = Field(max_length=80)
    description: str = Field(default="", max_length=500)
    # The group it is in; "" for one at the top.
    parent: str = Field(default="", sa_column=Column(String(80), nullable=False, server_default=text("''")))
    # How its status follows from its services' (domain/group.py); None: the worst of them.
    rollup: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    # As in `service`.
    managed_by: str = Field(default="", max_length=200)
    applied: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
