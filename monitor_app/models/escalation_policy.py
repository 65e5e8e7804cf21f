"""The `escalation_policy` table: who is told first, and who when nobody answers."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Integer
from sqlmodel import Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class EscalationPolicyRow(Table, table=True):
    """`steps` in order (domain/alerting/policy.py); all of them again for as many `rounds`."""

    __tablename__ = "escalation_policy"

    pk: int | None = Field(default=None, sa_column=Column(Integer, primary_key=True, autoincrement=True))
    name: str = Field(max_length=80, unique=True)
    is_default: bool = False
    steps: list[Any] = Field(sa_type=JSON)
    rounds: int = 1
    # Told when a step reaches nobody.
    fallback_channel_pk: int | None = Field(
        default=None, sa_column=Column(Integer, ForeignKey("channel.pk", ondelete="SET NULL"))
    )
    created_at: datetime = Field(sa_type=UTCDateTime)
    updated_at: datetime = Field(sa_type=UTCDateTime)
