"""What a parcel check is configured with."""

from typing import ClassVar, Self

from pydantic import Field, ValidationError

from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import field_messages
from monitor_app.plugins.protocols import CheckConfig


class Config(CheckConfig):
    """Looks after a parcel; `parcel:NAME` is how its address is written."""

    kind_title: ClassVar[str] = "Parcel"
    kind_description: ClassVar[str] = "Follows a parcel"
    default_service_type: ClassVar[str] = "device"

    name: str = Field(min_length=1, max_length=20, description="The parcel")
    weight: int = Field(default=3, ge=1, le=9)
    stamps: dict[str, str] = Field(default_factory=dict)

    @property
    def target(self) -> str:
        """Its address."""
        return f"parcel:{self.name}"

    @property
    def limit_key(self) -> str:
        """One shelf for all."""
        return "shelf"

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """Only what begins with `parcel:`; `parcel:a|b` gives two guesses."""
        scheme, _, names = address.partition(":")
        if scheme != "parcel":
            return []
        try:
            return [cls(name=name) for name in names.split("|")]
        except ValidationError as err:
            raise InvalidInput({"address": field_messages(err)["name"]}) from err
