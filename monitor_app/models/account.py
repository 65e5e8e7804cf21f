"""The `account` table: the people who may log in."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Integer
from sqlmodel import Field

from monitor_app.models.base import SEALED, Table
from monitor_app.models.types import UTCDateTime


class AccountRow(Table, table=True):
    """A person. Never deleted but disabled, so that no name in the audit log ever means somebody else."""

    __tablename__ = "account"
    __table_args__ = ({"sqlite_autoincrement": True},)

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    # Lower case.
    username: str = Field(max_length=64, unique=True)
    role: str = Field(max_length=20)
    # Argon2id in its own encoding, salt and parameters included.
    password_hash: str = Field(max_length=200)
    is_disabled: bool = False
    # None: no second factor.
    totp_secret: str | None = Field(default=None, sa_column_kwargs=SEALED)
    # The time step of the last code that was taken, so that none is taken twice.
    totp_step: int = Field(default=0, sa_type=BigInteger)
    # time_zone, date_language, theme, default_page, history_granularity: what was chosen.
    preferences: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
    signed_in_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # Up to when they have seen what changed on the board.
    looked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
