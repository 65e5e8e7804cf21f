"""The `map_place` table: where somebody has put a service on the map."""

from sqlalchemy import Column, ForeignKey, Integer
from sqlmodel import Field

from monitor_app.models.base import Table


class MapPlaceRow(Table, table=True):
    """In pixels at a zoom of 1. A service without a row stands where the layout puts it."""

    __tablename__ = "map_place"

    service_pk: int = Field(
        sa_column=Column(Integer, ForeignKey("service.pk", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    x: int
    y: int
