"""What stands against undoing a change: somebody changed the same since. Who, what, and how it differs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import Change, ChangeItem, Columns
from monitor_app.errors import Conflict
from monitor_app.plugins.sealing import masked
from monitor_app.storage.change_log import load_history

NAMED_LIMIT = 5
# So many objects a conflict tells all about.
TOLD_LIMIT = 50
# So far back it is looked who it was.
LATER_LIMIT = 20
SHOWN_LIMIT = 60
# In the words of the screens.
TITLES: Mapping[str, str] = {
    "service_id": "id",
    "service_type": "type",
    "status_config": "how it is checked",
    "metric_config": "thresholds",
    "interval_seconds": "interval",
    "managed_by": "file",
    "source_pk": "source",
    "target_pk": "target",
    "rollup": "rule",
}


@dataclass(frozen=True, slots=True)
class Stray:
    """An object that is not as a change left it: `text` says it in words, or columns differ."""

    item: ChangeItem
    name: str
    text: str
    expected: Columns = field(default_factory=dict)
    present: Columns = field(default_factory=dict)


async def conflict_of(conn: AsyncConnection, change: Change, strays: Sequence[Stray]) -> Conflict:
    """What a change cannot be undone, or done again, for: names what somebody else changed, and shows the differences.

    Secrets are masked.
    """
    details = []
    for stray in strays[:TOLD_LIMIT]:
        who = await _who(conn, change, stray)
        details.append(
            {
                "subject": stray.item.subject,
                "name": stray.name,
                "text": stray.text,
                "who": who.who if who is not None else "",
                "at": who.at.isoformat() if who is not None else "",
                "expected": masked(dict(stray.expected)),
                "present": masked(dict(stray.present)),
            }
        )
    told = [_words(detail) for detail in details[:NAMED_LIMIT]]
    more = f"; and {len(strays) - NAMED_LIMIT} more" if len(strays) > NAMED_LIMIT else ""
    return Conflict({"change": "; ".join(told) + more}, {"changed": details})


def named(names: Iterable[str]) -> str:
    """The first of them for a message."""
    each = list(dict.fromkeys(names))
    more = f" and {len(each) - NAMED_LIMIT} more" if len(each) > NAMED_LIMIT else ""
    return ", ".join(each[:NAMED_LIMIT]) + more


def _words(detail: Mapping[str, Any]) -> str:
    by = f" by {detail['who']}" if detail["who"] else ""
    if detail["text"]:
        return f"{detail['name']} {detail['text']}{by}"
    differing = [
        f"{TITLES.get(name, name)} is {_short(detail['present'][name])} now, not {_short(detail['expected'][name])}"
        for name in detail["present"]
    ]
    return f"{detail['name']} was changed{by}: {', '.join(differing)}"


async def _who(conn: AsyncConnection, change: Change, stray: Stray) -> Change | None:
    """Whose change it was: the last one of what differs."""
    item = stray.item
    later = await load_history(conn, item.subject, item.subject_pk, LATER_LIMIT, change.pk)
    if stray.text:
        return later[0][0] if later else None
    for other, theirs in later:
        if any(name in stray.present for name in {**(theirs.before or {}), **(theirs.after or {})}):
            return other
    return None


def _short(value: Any) -> str:
    text = (
        "yes" if value is True else "no" if value is False else "nothing" if value in (None, "", [], {}) else str(value)
    )
    return text if len(text) <= SHOWN_LIMIT else f"{text[: SHOWN_LIMIT - 1]}…"
