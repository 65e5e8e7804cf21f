"""The `saved_view` table: filters, sort and columns of a list, under a name."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, UniqueConstraint
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class SavedViewRow(Table, table=True):
    """`query` is what stands in the address after the question mark."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("account_pk", "page", "name"),)

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    account_pk: int = Field(sa_column=Column(Integer, ForeignKey("account.pk", ondelete="CASCADE"), nullable=False))
    # Which list: "services", "relations", "map".
    page: str = Field(max_length=40)
    name: str = Field(max_length=80)
    query: str = Field(max_length=2000)
    is_shared: bool = False
    # What its owner comes to when the address asks for nothing; at most one of a page.
    is_default: bool = False
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
