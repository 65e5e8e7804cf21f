"""The `service` table: what is watched, and how."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, Index, Integer, String, false, text
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime

NOT_DELETED = text("deleted_at IS NULL")


class Service(Table, table=True):
    """A service. A deleted one stays as a row with `deleted_at`, and gives its `service_id` free."""

    __tablename__ = "service"
    __table_args__ = (
        Index(
            "uq_service_service_id", "service_id", unique=True, sqlite_where=NOT_DELETED, postgresql_where=NOT_DELETED
        ),
        Index("ix_service_revision", "revision"),
        Index("ix_service_source_pk", "source_pk"),
        # A key that was once used is never used again, so that nothing old is taken for something new.
        {"sqlite_autoincrement": True},
    )

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    service_id: str = Field(max_length=63)
    label: str = Field(max_length=120)
    service_type: str = Field(max_length=40)
    kind: str = Field(max_length=40)
    group: str = Field(default="", max_length=80)
    tags: list[str] = Field(default_factory=list, sa_type=JSON)
    status_config: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    metric_config: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    interval_seconds: int = 60
    enabled: bool = True
    is_demo: bool = False
    # The last order of a person to its circuit breaker (domain/service.py, BreakerOrder).
    breaker_order: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    # Where it runs, such as "production"; "" when nobody said.
    environment: str = Field(default="", sa_column=Column(String(40), nullable=False, server_default=text("''")))
    # Why it is paused, and the maintenance it is in (domain/hold.py). `pause` is only there while it is not enabled.
    pause: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    maintenance: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    # The file that says how it should be, such as "services.yaml"; "" for what people made. `applied` is what that
    # said, without secrets (use_cases/auditing.shown_service): what differs now has drifted.
    managed_by: str = Field(default="", sa_column=Column(String(200), nullable=False, server_default=text("''")))
    applied: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    # The kind of the source that tells of it, such as "consul"; "" for others. With it go the connection (None once
    # that is deleted), the id that it has there word for word, and what the source says of it, read-only here.
    source: str = Field(default="", sa_column=Column(String(40), nullable=False, server_default=text("''")))
    source_pk: int | None = None
    source_key: str = Field(default="", sa_column=Column(String(600), nullable=False, server_default=text("''")))
    source_facts: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    # Since when its source does not know it any more.
    gone_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    owner: str | None = Field(default=None, max_length=80)
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
    deleted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    # Deleted, and its history shall go at once instead of after some time.
    is_purged: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    # The value that the counter `service` had in the transaction that last changed this row.
    revision: int = Field(sa_type=BigInteger)
