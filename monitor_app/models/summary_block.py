"""The `summary_block` table: counts and response times of windows, several windows of one service in a row."""

from sqlalchemy import BigInteger, Column, Integer
from sqlmodel import Field

from monitor_app.models.base import Table


class SummaryBlock(Table, table=True):
    """The windows of `granularity` seconds in the span that begins at `started_at` (seconds since 1970).

    Time stands before the service in the key: the blocks that a merge changes are neighbours, and so are those that a
    board reads. There is no foreign key, for without an index on the service it would search the whole table.
    """

    __tablename__ = "summary_block"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    granularity: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    started_at: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    service_pk: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    data: bytes
