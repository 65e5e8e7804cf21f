"""The `idempotent_answer` table: what was answered to a request with an Idempotency-Key, so that it can be again."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, Index, String, Text
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class IdempotentAnswer(Table, table=True):
    """`caller` is the credential that sent it; `request_hash` tells the same request from another with the same key."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (Index("ix_idempotent_answer_created_at", "created_at"),)

    caller: str = Field(sa_column=Column(String(80), primary_key=True))
    key: str = Field(sa_column=Column(String(200), primary_key=True))
    request_hash: str = Field(max_length=64)
    status: int
    body: str = Field(sa_type=Text)
    headers: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    created_at: datetime = Field(sa_type=UTCDateTime)
