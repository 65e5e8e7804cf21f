"""The `draft` table: what somebody has typed into a form and not saved yet."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Integer, UniqueConstraint
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class DraftRow(Table, table=True):
    """One form of one person. `subject` says which, such as "service.12" (a pk) or "service.new"."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("account_pk", "subject"),)

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    account_pk: int = Field(sa_column=Column(Integer, ForeignKey("account.pk", ondelete="CASCADE"), nullable=False))
    subject: str = Field(max_length=80)
    title: str = Field(default="", max_length=200)
    # By the names of the form's fields; secrets sealed.
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    # The revision of the object when somebody began to change it; 0 for a new one.
    base_revision: int = Field(default=0, sa_type=BigInteger)
    updated_at: datetime = Field(sa_type=UTCDateTime)
