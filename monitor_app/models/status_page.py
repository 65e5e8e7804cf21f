"""The `status_page` and `status_page_entry` tables: pages for those who use what is watched, and what they show."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, UniqueConstraint
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class StatusPageRow(Table, table=True):
    """A page at /status/{slug}, and at its own host name where it has one."""

    __tablename__ = "status_page"

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    slug: str = Field(max_length=63, unique=True)
    title: str = Field(max_length=120)
    description: str = Field(default="", max_length=2000)
    colour: str = Field(default="", max_length=20)
    logo: bytes | None = None
    logo_type: str = Field(default="", max_length=40)
    host_name: str | None = Field(default=None, max_length=253, unique=True)
    # "public", "password" or "login".
    access: str = Field(default="public", max_length=10)
    password_hash: str | None = Field(default=None, max_length=200)
    # Whether search engines may list it.
    is_indexed: bool = True
    # Grows with every change of the page or of what it shows.
    revision: int = Field(default=1, sa_type=BigInteger)
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)


class StatusPageEntryRow(Table, table=True):
    """A service on a page, in the order of `position`; entries of one `section` stand together."""

    __tablename__ = "status_page_entry"
    __table_args__ = (UniqueConstraint("page_pk", "service_pk"),)

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    page_pk: int = Field(sa_column=Column(Integer, ForeignKey("status_page.pk", ondelete="CASCADE"), nullable=False))
    section: str = Field(default="", max_length=80)
    position: int = 0
    service_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), nullable=False, index=True)
    )
    # What readers see instead of the label, and what it is; nothing else of the service is told.
    public_name: str = Field(max_length=120)
    description: str = Field(default="", max_length=300)
