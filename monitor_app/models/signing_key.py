"""The `signing_key` table: what the short-lived tokens of machine clients are signed with."""

from datetime import datetime

from sqlmodel import Field

from monitor_app.models.base import SEALED, Table
from monitor_app.models.types import UTCDateTime


class SigningKeyRow(Table, table=True):
    """A key for HMAC-SHA256. The newest signs; the others are still good for what they signed."""

    __tablename__ = "signing_key"

    kid: str = Field(primary_key=True, max_length=16)
    secret: str = Field(sa_column_kwargs=SEALED)
    created_at: datetime = Field(sa_type=UTCDateTime)
