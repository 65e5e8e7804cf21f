"""The `setting` table: what administrators decide on screen, as opposed to what the environment says."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class SettingRow(Table, table=True):
    """One setting by its name; what is missing has its default."""

    __tablename__ = "setting"

    name: str = Field(primary_key=True, max_length=60)
    value: Any = Field(sa_type=JSON)
    updated_at: datetime = Field(sa_type=UTCDateTime)
    updated_by: str = Field(max_length=80)
