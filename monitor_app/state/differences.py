"""What an entry of the audit log changed, as rows that a page draws: a name, what it was, what it is."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from monitor_app.redact import MASK, is_secret_name

# More than anybody reads on a page; the export has all of it.
ROWS_LIMIT: Final = 60
ITEMS_LIMIT: Final = 25
TEXT_LIMIT: Final = 400
SUMMARY_LIMIT: Final = 120
_NAMES: Final = ("service_id", "username", "name", "label")

Row = dict[str, str]


def groups(before: Any, after: Any) -> list[dict[str, Any]]:
    """One group of rows, or for a bulk one for each of its items, with a title: `{title, rows}`."""
    if not isinstance(before, list) and not isinstance(after, list):
        rows = changes(before, after)
        return [{"title": "", "rows": rows}] if rows else []
    pairs = list(_pairs(before, after))
    found = [{"title": _title(old, new, at), "rows": changes(old, new)} for at, (old, new) in enumerate(pairs)]
    shown = found[:ITEMS_LIMIT]
    if len(found) > ITEMS_LIMIT:
        shown.append({"title": f"{len(found) - ITEMS_LIMIT} more: the export has them", "rows": []})
    return shown


def changes(before: Any, after: Any) -> list[Row]:
    """What differs, by name: `{name, kind, before, after}`; `kind` is added, removed or changed. Secrets are masked."""
    old, new = dict(_flat(before)), dict(_flat(after))
    names = dict.fromkeys([*old, *new])
    rows = [_row(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]
    if len(rows) > ROWS_LIMIT:
        rest = len(rows) - ROWS_LIMIT
        more = {"name": f"{rest} more", "kind": "changed", "before": "", "after": "the export has them"}
        return [*rows[:ROWS_LIMIT], more]
    return rows


def summary(before: Any, after: Any) -> str:
    """The same in a few words for a row of the log, such as `role: editor → viewer`."""
    if isinstance(before, list) or isinstance(after, list):
        return ""  # the target says how many there were
    said = ", ".join(_words(row) for row in changes(before, after))
    return said if len(said) <= SUMMARY_LIMIT else f"{said[: SUMMARY_LIMIT - 1]}…"


def _words(row: Row) -> str:
    match row["kind"]:
        case "changed":
            return f"{row['name']}: {row['before']} → {row['after']}"
        case "added":
            return f"{row['name']}: {row['after']}"
    return f"{row['name']}: {row['before']}"


def _pairs(before: Any, after: Any) -> Iterator[tuple[Any, Any]]:
    old, new = (value if isinstance(value, list) else [] for value in (before, after))
    for at in range(max(len(old), len(new))):
        yield old[at] if at < len(old) else None, new[at] if at < len(new) else None


def _title(before: Any, after: Any, at: int) -> str:
    """By what the item is called."""
    for document in (after, before):
        if isinstance(document, Mapping):
            named = next((document[name] for name in _NAMES if isinstance(document.get(name), str)), None)
            if named:
                return str(named)[:TEXT_LIMIT]
    return f"{at + 1}."


def _row(name: str, before: str | None, after: str | None) -> Row:
    kind = "added" if before is None else "removed" if after is None else "changed"
    return {"name": name or "value", "kind": kind, "before": before or "", "after": after or ""}


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every value that a document holds, by the names that lead to it."""
    last = name.rpartition(".")[2]
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _flat(item, f"{name}.{key}" if name else str(key))
    elif value is not None or name:
        yield name, MASK if value and is_secret_name(last) else _text(value)


def _text(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case str():
            text = value or "blank"
        case list() if value and all(isinstance(item, str | int | float) for item in value):
            text = ", ".join(str(item) for item in value)
        case list() | dict() if not value:
            text = "none"
        case _:
            text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 1]}…"
