"""The `session` table: browsers that are logged in."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class SessionRow(Table, table=True):
    """A session of a person, or of a wall screen, which has no account but the key that it was opened with.

    A session that has ended is deleted.
    """

    __tablename__ = "session"
    __table_args__ = (Index("ix_session_account_pk", "account_pk"), {"sqlite_autoincrement": True})

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    # SHA-256 of the cookie's 256 random bits, in hex.
    token_hash: str = Field(max_length=64, unique=True)
    account_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("account.pk", ondelete="CASCADE"))
    )
    api_key_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("api_key.pk", ondelete="CASCADE"))
    )
    created_at: datetime = Field(sa_type=UTCDateTime)
    # To about half a minute.
    used_at: datetime = Field(sa_type=UTCDateTime)
    # Ends then, however much it is used.
    expires_at: datetime = Field(sa_type=UTCDateTime)
    # "Keep me signed in": it outlives the browser, and longer times count.
    is_kept: bool = False
    user_agent: str = Field(default="", max_length=200)
    address: str = Field(default="", max_length=45)
