"""The `measure_block` table: what the results of windows measured, several windows of one service in a row."""

from sqlalchemy import BigInteger, Column, Integer
from sqlmodel import Field

from monitor_app.models.base import Table


class MeasureBlock(Table, table=True):
    """As `summary_block`, apart from it: boards read those of a thousand services, these are read of one."""

    __tablename__ = "measure_block"
    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012

    granularity: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    started_at: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    service_pk: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    data: bytes
