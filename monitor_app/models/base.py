"""What all tables share."""

from typing import Any, ClassVar

from sqlalchemy import MetaData
from sqlmodel import SQLModel

# For `sa_column_kwargs`: the column holds tokens of security/vault.py. `secrets rotate` finds them by that.
SEALED: dict[str, Any] = {"info": {"is_sealed": True}}
# The same for a column of JSON with sealed secrets in it (plugins/sealing.py).
HOLDS_SEALED: dict[str, Any] = {"info": {"holds_sealed": True}}


class Table(SQLModel):
    """Base of the tables.

    The metadata is its own, so that other libraries' SQLModel tables never get into our migrations. Every constraint
    has a name by rule, because only what has a name can be changed on SQLite.
    """

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
