"""The `counter` table: numbers that only grow, raised inside the transaction whose order they tell."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from monitor_app.models.base import Table

SERVICE_REVISION = "service"
ENGINE_EPOCH = "engine_epoch"
RESULT_ID = "result"


class Counter(Table, table=True):
    """`service` grows with each change of the service table, `engine_epoch` with each new scheduler.

    `result` is the highest id that a result was ever given, so that none is used twice. Raising a counter locks its
    row, so the order of the numbers is the order of the commits.
    """

    __tablename__ = "counter"

    name: str = Field(primary_key=True, max_length=40)
    value: int = Field(sa_type=BigInteger)
