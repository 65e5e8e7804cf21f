"""The `api_key` table: what programs and wall screens prove themselves with."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class ApiKeyRow(Table, table=True):
    """`lb_<key_id>_<secret>`. A revoked one stays, so that the audit log's names have a meaning.

    `kind` is "key", or "wall" for the read-only token of a wall screen.
    """

    __tablename__ = "api_key"
    __table_args__ = (Index("ix_api_key_account_pk", "account_pk"), {"sqlite_autoincrement": True})

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    key_id: str = Field(max_length=16, unique=True)
    # SHA-256 of 256 random bits, in hex.
    secret_hash: str = Field(max_length=64)
    kind: str = Field(default="key", max_length=10)
    name: str = Field(max_length=80)
    account_pk: int = Field(sa_column=Column(Integer, ForeignKey("account.pk", ondelete="CASCADE"), nullable=False))
    permissions: list[str] = Field(default_factory=list, sa_type=JSON)
    # Networks in CIDR notation it may be used from; empty: from everywhere.
    addresses: list[Any] = Field(default_factory=list, sa_type=JSON)
    created_at: datetime = Field(sa_type=UTCDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # To about half a minute.
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    used_from: str = Field(default="", max_length=45)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
