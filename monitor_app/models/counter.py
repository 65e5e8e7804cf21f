"""The `counter` table: numbers that only grow, raised inside the transaction whose order they tell."""

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

SERVICE_REVISION = "service"
ENGINE_EPOCH = "engine_epoch"


class Counter(SQLModel, table=True):
    """`service` grows with each change of the service table, `engine_epoch` with each new scheduler.

    Raising one locks its row, so the order of the numbers is the order of the commits.
    """

    __tablename__ = "counter"

    name: str = Field(primary_key=True, max_length=40)
    value: int = Field(sa_type=BigInteger)
