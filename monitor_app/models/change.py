"""The `change` and `change_item` tables: what was changed, with what it takes to undo it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import EpochMillis


class ChangeRow(Table, table=True):
    """What somebody did at once: one service saved, a thousand tagged.

    `state` is "done", "undone" (it can be done again), or "final" (neither can be any more).
    """

    __tablename__ = "change"
    __table_args__ = (
        Index("ix_change_account_pk", "account_pk", "state"),
        Index("ix_change_at", "at"),
        {"sqlite_autoincrement": True},
    )

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    at: datetime = Field(sa_type=EpochMillis)
    # None: the command line, a file, a key that belongs to nobody.
    account_pk: int | None = None
    who: str = Field(max_length=80)
    action: str = Field(max_length=60)
    state: str = Field(default="done", max_length=10)
    items: int = 1


class ChangeItemRow(Table, table=True):
    """One object of a change: its columns before and after, secrets sealed; None where it was not there."""

    __tablename__ = "change_item"
    __table_args__ = (
        Index("ix_change_item_change_pk", "change_pk"),
        Index("ix_change_item_subject", "subject", "subject_pk"),
    )

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    change_pk: int = Field(sa_column=Column(Integer, ForeignKey("change.pk", ondelete="CASCADE"), nullable=False))
    # "service", "relation" or "group", and its pk.
    subject: str = Field(max_length=20)
    subject_pk: int
    before: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    after: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
