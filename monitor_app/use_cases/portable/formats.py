"""The forms that a file can have."""

from typing import Final, Literal

from monitor_app.errors import InvalidInput

Format = Literal["yaml", "json", "csv"]
FORMATS: Final = ("yaml", "json", "csv")
# A CSV file is one of these.
Table = Literal["services", "relations"]
TABLES: Final = ("services", "relations")
_ENDINGS: Final[dict[str, Format]] = {"yaml": "yaml", "yml": "yaml", "json": "json", "csv": "csv"}


def format_of(name: str) -> Format:
    """By the ending of a file's name. Raises InvalidInput on `format`."""
    found = _ENDINGS.get(name.rpartition(".")[2].lower())
    if found is None:
        raise InvalidInput({"format": f"must be one of {', '.join(FORMATS)}: the name of the file does not tell which"})
    return found
