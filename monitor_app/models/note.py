"""The `note` table: what people write about a service, or about one of its downtimes."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer, Text
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis, UTCDateTime


class NoteRow(Table, table=True):
    """Plain text. `at` is the moment it speaks of, which need not be when it was written."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_service_pk_at", "service_pk", "at"), Index("ix_note_downtime_id", "downtime_id"))

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    service_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    downtime_id: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("downtime_window.id", ondelete="CASCADE"))
    )
    at: datetime = Field(sa_type=EpochMillis)
    # Who wrote it; the name stays when the account is gone.
    account_pk: int | None = None
    who: str = Field(max_length=80)
    text: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
