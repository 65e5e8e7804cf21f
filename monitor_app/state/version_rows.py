"""Versions of a service in words: what was done, and each field that differs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from monitor_app.redact import MASK
from monitor_app.use_cases.configuration.plan import FieldChange

TEXT_LIMIT: Final = 400
SUMMARY_LIMIT: Final = 140
SECRET_CHANGED: Final = f"{MASK} another"
_ACTIONS: Final[Mapping[str, str]] = {
    "service.create": "added",
    "service.update": "changed",
    "service.delete": "deleted",
    "service.restore": "restored",
    "service.pause": "paused",
    "service.resume": "resumed",
    "service.maintenance": "began maintenance",
    "service.maintenance_ended": "ended maintenance",
    "service.rollback": "took an earlier version",
    "service.undo": "undid a change",
    "service.redo": "did a change again",
    "service.rename-member": "renamed a member",
    "group.rename": "renamed or moved the group",
    "group.delete": "deleted the group",
    "group.undo": "undid a change of the group",
    "group.redo": "did a change of the group again",
    "tag.rename": "renamed a tag",
    "tag.remove": "removed a tag",
    "config.import": "imported",
    "configuration.apply": "applied files",
}
_TITLES: Final[Mapping[str, str]] = {
    "service_id": "Id",
    "label": "Name",
    "service_type": "Type",
    "interval_seconds": "Interval, seconds",
    "managed_by": "File",
    "metric_config.thresholds": "Thresholds",
}


def action_words(action: str) -> str:
    """What somebody did, to follow their name."""
    return _ACTIONS.get(action, action.rpartition(".")[2].replace("_", " ").replace("-", " "))


def difference_rows(fields: Sequence[FieldChange], titles: Mapping[str, str]) -> list[dict[str, str]]:
    """Each field: `{name, before, after}`; of a secret only that it is another one."""
    return [
        {
            "name": _title(field.name, titles),
            "before": _text(field.before),
            "after": SECRET_CHANGED if field.is_secret and field.before and field.after else _text(field.after),
        }
        for field in fields
    ]


def summary(fields: Sequence[FieldChange], titles: Mapping[str, str]) -> str:
    """The same in a line."""
    rows = difference_rows(fields, titles)
    said = ", ".join(f"{row['name']}: {row['before']} → {row['after']}" for row in rows)
    return said if len(said) <= SUMMARY_LIMIT else f"{said[: SUMMARY_LIMIT - 1]}…"


def _title(name: str, titles: Mapping[str, str]) -> str:
    known = titles.get(name) or _TITLES.get(name)
    return known or name.rpartition(".")[2].replace("_", " ").capitalize()


def _text(value: Any) -> str:
    match value:
        case None | "" | [] | {}:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case str():
            text = value
        case list() if all(isinstance(item, str | int | float) for item in value):
            text = ", ".join(str(item) for item in value)
        case _:
            text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= TEXT_LIMIT else f"{text[: TEXT_LIMIT - 1]}…"
