"""The `result_piece` and `result_block` tables: merged results of SQLite, many of one service in a compressed row."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis


class ResultPiece(Table, table=True):
    """What one merge took over of one service: a few results, soon packed with others into a block.

    Pieces and blocks of a service never overlap in ids; in time they may, when the clock was set or results came late.
    The index answers which of them to read, so that no other row's data is touched.
    """

    __tablename__ = "result_piece"
    __table_args__ = (
        Index("ix_result_piece_span", "service_pk", "last_id", "first_id", "started_at", "ended_at", "results"),
    )

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    service_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    first_id: int = Field(sa_type=BigInteger)
    last_id: int = Field(sa_type=BigInteger)
    # The earliest and the latest `checked_at`.
    started_at: datetime = Field(sa_type=EpochMillis)
    ended_at: datetime = Field(sa_type=EpochMillis)
    results: int
    data: bytes


class ResultBlock(Table, table=True):
    """As many results of one service as fill a page, or a few pages; see storage/blocks/results.py for `data`."""

    __tablename__ = "result_block"
    __table_args__ = (
        Index("ix_result_block_span", "service_pk", "last_id", "first_id", "started_at", "ended_at", "results"),
        Index("ix_result_block_ended_at", "ended_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    service_pk: int = Field(sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False))
    first_id: int = Field(sa_type=BigInteger)
    last_id: int = Field(sa_type=BigInteger)
    started_at: datetime = Field(sa_type=EpochMillis)
    ended_at: datetime = Field(sa_type=EpochMillis)
    results: int
    data: bytes
