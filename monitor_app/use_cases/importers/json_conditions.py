"""Conditions on a JSON answer, out of the words of other programs into those of the http kind."""

import json
import re

_PATH = re.compile(
    r"\$?\.?(?P<rest>[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[\d+\])*|(?:\[\d+\])(?:\.[A-Za-z_][\w-]*|\[\d+\])*)"
)
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?")
COMPARISONS = ("==", "!=", ">=", "<=", ">", "<")


def json_path(text: str) -> str | None:
    """`data.items[0].state` as a JSONPath; None for anything that is more than names and numbers."""
    written = _PATH.fullmatch(text.strip())
    if written is None:
        return None
    parts = re.findall(r"[A-Za-z_][\w-]*|\[\d+\]", written["rest"])
    return "$" + "".join(
        part if part.startswith("[") else f".{part}" if "-" not in part else f"['{part}']" for part in parts
    )


def json_value(text: str) -> tuple[str, bool]:
    """A bare word as JSON: numbers, true, false and null by their looks, which is told, all else as text."""
    if _NUMBER.fullmatch(text) or text in ("true", "false", "null"):
        return text, True
    return json.dumps(text, ensure_ascii=False), False
