"""The `maintenance_window` table: when nothing of some services counts, once or again and again."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class MaintenanceWindowRow(Table, table=True):
    """Begins at `starts_at_local` by the wall clock of its time zone, and again by its `recurrence` (RFC 5545)."""

    __tablename__ = "maintenance_window"

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    name: str = Field(max_length=120, unique=True)
    reason: str = Field(default="", max_length=200)
    # What readers of status pages are told that show one of the services; "" tells them nothing.
    public_title: str = Field(default="", max_length=200)
    scope: dict[str, Any] = Field(sa_type=JSON)
    # 2026-05-17T22:00, without a zone.
    starts_at_local: str = Field(max_length=16)
    time_zone: str = Field(max_length=64)
    minutes: int
    # The value of an RRULE; "" for once.
    recurrence: str = Field(default="", max_length=300)
    enabled: bool = True
    # Occurrences that a person left out or ended early, by their local beginning.
    skipped: list[Any] = Field(sa_type=JSON)
    who: str = Field(max_length=80)
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
