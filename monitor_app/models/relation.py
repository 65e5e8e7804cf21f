"""The `relation` table: how services hang together."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer, UniqueConstraint
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class RelationRow(Table, table=True):
    """`source_pk` depends on `target_pk` when `relation_type` is "dependency"."""

    __tablename__ = "relation"
    __table_args__ = (
        UniqueConstraint("source_pk", "target_pk", "relation_type"),
        Index("ix_relation_target_pk", "target_pk"),
    )

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    source_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    target_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    relation_type: str = Field(max_length=40)
    enabled: bool = True
    note: str = Field(default="", max_length=500)
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
