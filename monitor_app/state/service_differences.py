"""Two people have changed one service: what each made of a field, and which of them is to stand."""

from collections.abc import Iterable, Mapping
from typing import Any

from monitor_app.domain.service import ServiceDefinition
from monitor_app.redact import MASK
from monitor_app.state.fields import FieldRow

Shown = Mapping[str, Any]
_NOTHING = "–"


def shown_values(rows: Iterable[FieldRow]) -> dict[str, Any]:
    """What stands in the fields, by their keys."""
    return {row["key"]: row["is_on"] if row["type"] == "switch" else row["value"] for row in rows}


def is_changed(before: Shown, form: Shown) -> bool:
    """Whether somebody has typed something else than what stood there."""
    return any(_plain(form[key]) != _plain(value) for key, value in before.items() if key in form)


def other_secrets(before: ServiceDefinition, now: ServiceDefinition) -> set[str]:
    """The names of the config's fields that hold another secret now, as far as their tokens tell."""
    old, new = before.status_config, now.status_config
    return {name for name in {*old, *new} if old.get(name) != new.get(name)}


def differences(
    rows: Iterable[FieldRow], before: Shown, form: Shown, changed_secrets: Iterable[str] = ()
) -> list[dict[str, str]]:
    """The fields that somebody else has changed: before, theirs (in `rows`), yours, and whose is chosen.

    Theirs is chosen where only they changed it. Where both did, and not alike, nothing is chosen yet.
    """
    found = []
    secrets = set(changed_secrets)
    for row in rows:
        key, theirs = row["key"], row["is_on"] if row["type"] == "switch" else row["value"]
        mine, old = form.get(key, before.get(key)), before.get(key, "")
        is_theirs = _plain(theirs) != _plain(old) or (row["secret"] and row["name"] in secrets)
        is_mine = _plain(mine) != _plain(old)
        if not is_theirs or (not row["secret"] and _plain(mine) == _plain(theirs)):
            continue
        found.append(
            {
                "key": key,
                "title": row["title"],
                "before": _in_words(row, old),
                "theirs": "another secret" if row["secret"] else _in_words(row, theirs),
                "yours": _in_words(row, mine),
                "value": theirs if isinstance(theirs, str) else str(theirs),
                "choice": "" if is_mine else "theirs",
            }
        )
    return found


def _in_words(row: FieldRow, value: Any) -> str:
    if row["type"] == "switch":
        return "on" if value is True or value == "True" else "off"
    text = _plain(value)
    if row["secret"]:
        return _NOTHING if not text else "as it was" if text == MASK else "what you typed"
    if not text:
        return f"{row['placeholder']} (default)" if row["placeholder"] else _NOTHING
    return next((each["title"] for each in row["options"] if each["value"] == text), text)


def _plain(value: Any) -> str:
    return "\n".join(line.rstrip() for line in str(value or "").strip().splitlines())
