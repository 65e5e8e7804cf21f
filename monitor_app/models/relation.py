"""The `relation` table: how services hang together."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class RelationRow(Table, table=True):
    """`source_pk` depends on `target_pk` when `relation_type` is "dependency"."""

    __tablename__ = "relation"
    __table_args__ = (
        UniqueConstraint("source_pk", "target_pk", "relation_type"),
        Index("ix_relation_target_pk", "target_pk"),
        # A number that was once used is never used again: a deletion that is undone brings back the same one.
        {"sqlite_autoincrement": True},
    )

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    source_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    target_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    relation_type: str = Field(max_length=40)
    enabled: bool = True
    note: str = Field(default="", max_length=500)
    # As in `service`.
    managed_by: str = Field(default="", sa_column=Column(String(200), nullable=False, server_default=text("''")))
    applied: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
