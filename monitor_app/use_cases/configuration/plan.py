"""What applying files would do, for people and programs; no secret is in it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from monitor_app.redact import harmless, redact
from monitor_app.use_cases.configuration.document import Place

Noun = Literal["service", "relation", "group"]
Action = Literal["add", "change", "adopt", "remove"]

HIDDEN: Final = "***"
NOTHING: Final = "nothing to change"
_SIGNS: Final = {"add": "+", "change": "~", "adopt": "~", "remove": "-"}
_SUMMARY: Final = {"add": "to add", "change": "to change", "adopt": "to take over", "remove": "to remove"}
_DONE: Final = {"add": "added", "change": "changed", "adopt": "taken over", "remove": "removed"}
_VALUE_LIMIT = 120
_LEFT_SHOWN = 20


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an object before and after, such as `status_config.url`; of a secret only that it changes.

    `has_drifted`: somebody changed it elsewhere since the file was applied last.
    """

    name: str
    before: Any = None
    after: Any = None
    is_secret: bool = False
    has_drifted: bool = False

    @property
    def text(self) -> str:
        """`interval_seconds: 60 -> 30 (changed on screen since)`."""
        since = " (changed on screen since)" if self.has_drifted else ""
        if self.is_secret:
            return f"{self.name}: changed{since}"
        return f"{self.name}: {_shown(self.before)} -> {_shown(self.after)}{since}"


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one object. `document` is the file that wants it so; `place` its line there, if it has one."""

    action: Action
    noun: Noun
    name: str
    document: str
    place: Place | None = None
    fields: tuple[FieldChange, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that happens together. `kept` are objects that no file has any more and that stay all the same."""

    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    kept: tuple[str, ...] = ()
    warning: str = ""

    @property
    def counts(self) -> dict[Action, int]:
        """How many objects each action concerns."""
        counted = Counter(change.action for change in self.changes)
        return {
            "add": counted["add"],
            "change": counted["change"],
            "adopt": counted["adopt"],
            "remove": counted["remove"],
        }

    def summary(self, *, is_done: bool = False) -> str:
        """`2 to add, 1 to change, 40 unchanged`."""
        words = _DONE if is_done else _SUMMARY
        parts = [f"{count} {words[action]}" for action, count in self.counts.items() if count]
        unchanged = f"{self.unchanged} unchanged"
        return f"{', '.join(parts)}, {unchanged}" if parts else f"{NOTHING}, {unchanged}"

    def lines(self) -> Iterator[str]:
        """The plan for a terminal, without the summary."""
        for change in self.changes:
            place = f" ({change.place})" if change.place is not None else ""
            note = f": {change.note}" if change.note else ""
            yield harmless(f"{_SIGNS[change.action]} {change.noun} {change.name}{place}{note}", 300)
            if change.action != "add":
                yield from (f"    {field.text}" for field in change.fields)
        if self.kept:
            more = len(self.kept) - _LEFT_SHOWN
            named = ", ".join(self.kept[:_LEFT_SHOWN]) + (f" and {more} more" if more > 0 else "")
            yield harmless(f"in no file any more, but kept (prune removes them): {named}", 2000)
        if self.warning:
            yield self.warning

    def document(self) -> dict[str, Any]:
        """The plan for programs."""
        return {
            "changes": [_change_document(change) for change in self.changes],
            **{str(action): count for action, count in self.counts.items()},
            "unchanged": self.unchanged,
            "kept": list(self.kept),
            "warning": self.warning,
        }


def _change_document(change: Change) -> dict[str, Any]:
    return {
        "action": change.action,
        "type": change.noun,
        "name": change.name,
        "file": change.place.file if change.place is not None else change.document,
        "line": change.place.line if change.place is not None else None,
        "note": change.note,
        "fields": [
            {
                "name": field.name,
                "before": HIDDEN if field.is_secret else field.before,
                "after": HIDDEN if field.is_secret else field.after,
                "secret": field.is_secret,
                "drifted": field.has_drifted,
            }
            for field in change.fields
        ],
    }


def _shown(value: Any) -> str:
    """A value on one line; no credentials inside of addresses."""
    return "nothing" if value is None else harmless(redact(json.dumps(value, ensure_ascii=False)), _VALUE_LIMIT)
