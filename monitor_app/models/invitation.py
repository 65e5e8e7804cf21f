"""The `invitation` table: links that make an account, once each."""

from datetime import datetime

from sqlalchemy import Column, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class InvitationRow(Table, table=True):
    """A link for one new account. With `is_setup` it makes the first administrator, and only that one."""

    __tablename__ = "invitation"

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    token_hash: str = Field(max_length=64, unique=True)
    role: str = Field(max_length=20)
    is_setup: bool = False
    # Whom it is meant for, in the words of who made it.
    note: str = Field(default="", max_length=120)
    created_by: str = Field(max_length=64)
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    used_by: str = Field(default="", max_length=64)
