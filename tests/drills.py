"""How often a fault drill repeats itself."""

import os

IS_LONG = os.environ.get("DRILL") == "1"


def rounds(few: int = 3, all: int = 20) -> range:  # noqa: A002
    """`few` rounds in `make test`; `all` of them in `make drill`, which sets DRILL=1."""
    return range(all if IS_LONG else few)
