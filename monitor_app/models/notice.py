"""The tables of notices: incidents and maintenance as people tell readers of status pages about them."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, Text
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class NoticeRow(Table, table=True):
    """`state` is that of the newest update; `ends_at` is None while nobody knows."""

    __tablename__ = "notice"

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    # "incident" or "maintenance".
    kind: str = Field(max_length=20)
    title: str = Field(max_length=200)
    impact: str = Field(max_length=20)
    state: str = Field(max_length=20)
    starts_at: datetime = Field(sa_type=UTCDateTime, index=True)
    ends_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    who: str = Field(max_length=80)
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)


class NoticePageRow(Table, table=True):
    """A page that a notice stands on."""

    __tablename__ = "notice_page"

    notice_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("notice.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    page_pk: int = Field(
        sa_column=Column(
            Integer, ForeignKey("status_page.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
        )
    )


class NoticeServiceRow(Table, table=True):
    """A service that a notice is about."""

    __tablename__ = "notice_service"

    notice_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("notice.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    service_pk: int = Field(
        sa_column=Column(
            Integer, ForeignKey("service.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
        )
    )


class NoticeUpdateRow(Table, table=True):
    """What was told when."""

    __tablename__ = "notice_update"

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    notice_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("notice.pk", ondelete="CASCADE"), nullable=False, index=True)
    )
    at: datetime = Field(sa_type=UTCDateTime)
    state: str = Field(max_length=20)
    text: str = Field(sa_type=Text)
    who: str = Field(max_length=80)
