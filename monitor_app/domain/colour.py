"""The colours that a tag or an environment may have, by name. Each is a Radix scale (components/theme.py)."""

from typing import Any, Final, Literal

from monitor_app.domain.given import shown
from monitor_app.errors import InvalidInput

Sort = Literal["tag", "environment"]
SORTS: Final[tuple[Sort, ...]] = ("tag", "environment")
# In the order in which they are offered: around the circle of colours, then the calm ones.
COLOURS: Final = (
    "red", "orange", "gold", "green", "teal", "cyan", "blue", "violet", "purple", "pink", "brown", "slate",
)  # fmt: skip
NO_COLOUR: Final = ""


def given_colour(field: str, value: Any) -> str:
    """One of COLOURS, or "" for none. Raises InvalidInput on `field`."""
    if value != NO_COLOUR and value not in COLOURS:
        raise InvalidInput({field: f"must be one of {', '.join(COLOURS)}, or nothing, got {shown(value)}"})
    return str(value)
