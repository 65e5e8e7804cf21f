"""The `visitor` table: browsers without an account, and how they want to see the board."""

from datetime import datetime
from typing import Any

from sqlmodel import JSON, Field

from monitor_app.models.base import Table
from monitor_app.models.types import UTCDateTime


class VisitorRow(Table, table=True):
    """Somebody who reads a public board, a wall screen, or a program. Forgotten when it did not come back for long."""

    __tablename__ = "visitor"

    # SHA-256 in hex of the cookie's 256 random bits, or of what names the wall's session or the program's key.
    token_hash: str = Field(max_length=64, primary_key=True)
    # What was chosen, by the names of domain.account.Preferences.
    preferences: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    # Up to when it has seen what changed.
    looked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    used_at: datetime = Field(sa_type=UTCDateTime, index=True)
