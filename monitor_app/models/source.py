"""The tables of sources: connections to other systems that tell about services, and what was read from them."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Text
from sqlmodel import JSON, Field

from monitor_app.models.base import HOLDS_SEALED, Table
from monitor_app.models.types import UTCDateTime


class SourceRow(Table, table=True):
    """A connection: what a person says of it. `poll_wanted` grows each time somebody wants it polled now."""

    __tablename__ = "source"
    # A key that was once used is never used again: services remember whose they were.
    __table_args__ = ({"sqlite_autoincrement": True},)

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    slug: str = Field(max_length=63, unique=True)
    # The folder under sources/, such as "consul".
    kind: str = Field(max_length=40)
    label: str = Field(max_length=120)
    # As of a service: only what differs from the defaults, secrets sealed (plugins/sealing.py).
    config: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=HOLDS_SEALED)
    interval_seconds: int = 60
    # Services that the other system does not know any more are deleted after so many days.
    keep_gone_days: int = 30
    # The group that its services get when they are new.
    group: str = Field(default="", max_length=80)
    enabled: bool = True
    poll_wanted: int = Field(default=0, sa_type=BigInteger)
    owner: str = Field(default="", max_length=80)
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
    # The value that the counter `source` had in the transaction that last changed this row.
    revision: int = Field(sa_type=BigInteger)


class SourceStateRow(Table, table=True):
    """How a connection is, as the engine found it: `state` is "ok", "doubted" or "away", and `since` when.

    `polled_at` is the last attempt, `read_at` the last that succeeded. `doubt` says why something is not believed yet.
    """

    __tablename__ = "source_state"

    source_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("source.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    state: str = Field(max_length=20)
    since: datetime = Field(sa_type=UTCDateTime)
    polled_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    seconds: float | None = None
    error: str = Field(default="", sa_type=Text)
    # How many polls in a row have failed.
    failures: int = 0
    doubt: str = Field(default="", sa_type=Text)
    # Counts of the last poll (services, checks, new, changed, gone) and what the other system says of itself.
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class SourceObservationRow(Table, table=True):
    """What a source told last of one of its services, `at` when that began; written only when it changes."""

    __tablename__ = "source_observation"

    service_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    at: datetime = Field(sa_type=UTCDateTime)
    # The worst in the source's own word, such as "critical".
    word: str = Field(max_length=40)
    # Each check: name, status in the source's word, output, type.
    checks: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
