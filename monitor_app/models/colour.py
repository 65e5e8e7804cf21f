"""The `colour` table: which colour a tag or an environment has; those without a row have none."""

from sqlmodel import Field

from monitor_app.models.base import Table


class ColourRow(Table, table=True):
    """`sort` is "tag" or "environment", `colour` a name of domain/colour.py."""

    __tablename__ = "colour"

    sort: str = Field(max_length=20, primary_key=True)
    name: str = Field(max_length=40, primary_key=True)
    colour: str = Field(max_length=20)
