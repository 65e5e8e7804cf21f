"""The `recovery_code` table: what opens an account whose second factor was lost, once each."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class RecoveryCodeRow(Table, table=True):
    """One code. Only its SHA-256 is stored: a code has too many bits to be guessed."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("ix_recovery_code_account_pk", "account_pk"),)

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    account_pk: int = Field(sa_column=Column(Integer, ForeignKey("account.pk", ondelete="CASCADE"), nullable=False))
    code_hash: str = Field(max_length=64)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
