"""The `channel` table: where notifications go."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Integer
from sqlmodel import Field

from monitor_app.models.base import HOLDS_SEALED, Table
from monitor_app.models.types import EpochMillis, UTCDateTime


class ChannelRow(Table, table=True):
    """One of a kind of `notifiers/`; that of a person when it has an account, else everybody's."""

    __tablename__ = "channel"

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    name: str = Field(max_length=80, unique=True)
    kind: str = Field(max_length=40)
    # Its secrets are sealed (plugins/sealing.py).
    config: dict[str, Any] = Field(sa_type=JSON, sa_column_kwargs=HOLDS_SEALED)
    # What a person wrote instead of the standard texts, by the name of the text.
    templates: dict[str, Any] = Field(sa_type=JSON)
    enabled: bool = True
    # Whether alerts go here that no escalation policy sends elsewhere.
    is_default: bool = False
    account_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("account.pk", ondelete="CASCADE"), index=True)
    )
    last_sent_at: datetime | None = Field(default=None, sa_type=EpochMillis)
    last_failed_at: datetime | None = Field(default=None, sa_type=EpochMillis)
    last_error: str = Field(default="", max_length=500)
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
