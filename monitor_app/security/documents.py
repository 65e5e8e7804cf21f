"""Reads JSON and YAML that somebody sent: bounded in size, depth and number of parts, and without surprises."""

from dataclasses import dataclass
from typing import Any

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a document may be. A node is a value, a list, an object or a name."""

    size_bytes: int = MEBIBYTE
    depth: int = 32
    nodes: int = 100_000


BODY = Limits()
IMPORT = Limits(size_bytes=10 * MEBIBYTE)


def parse_json(data: bytes, *, limits: Limits = BODY, field: str = "body") -> Any:
    """The document: None, bool, int, float, str, lists and dicts.

    Raises InvalidInput on `field`, with line or path: broken, too large, too deep, too many parts, a name twice in one
    object, NaN and Infinity, texts with NUL or half of a character.
    """
    raise NotImplementedError


def parse_yaml(data: str | bytes, *, limits: Limits = BODY, field: str = "body") -> Any:
    """The same for YAML, with the types of JSON only: no dates, no `yes` for true, no tags, no aliases.

    Raises InvalidInput on `field`, with the line.
    """
    raise NotImplementedError
