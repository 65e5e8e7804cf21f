"""The `alert_rule` table: what somebody is to be told of."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class AlertRuleRow(Table, table=True):
    """`condition` and `scope` as domain/alerting/ writes them. The one that is there from the start is `is_default`."""

    __tablename__ = "alert_rule"

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    name: str = Field(max_length=120, unique=True)
    enabled: bool = True
    is_default: bool = False
    severity: str = Field(max_length=10)
    condition: dict[str, Any] = Field(sa_type=JSON)
    scope: dict[str, Any] = Field(sa_type=JSON)
    # It has to hold for so long before it fires.
    for_seconds: int = 0
    # None: the default policy.
    policy_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("escalation_policy.pk", ondelete="SET NULL"))
    )
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
