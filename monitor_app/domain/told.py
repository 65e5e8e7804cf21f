"""What a source told of each check of a service in the past, from what is kept of results in full.

A report with all checks is kept whenever one of them appears, changes its status or goes. So the newest report up to a
result says what was true for it.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from monitor_app.domain.report import CELL_LIMIT, ResultDetail
from monitor_app.domain.status import Status

CHECKS: Final = "Checks"
COLUMNS: Final = ("Check", "Status", "Output", "Type", "Of", "Counts as")
CHANGES_LIMIT: Final = 20
WINDOW_MS: Final = 300_000
_MACHINE: Final = "machine"
# All checks together must fit into a report, so where there are many each has less room.
_NAME_LIMIT: Final = 120
_OUTPUTS_LIMIT: Final = 4500
_OUTPUT_LEAST: Final = 60
# Reports of earlier versions do not say as what a word counts.
_WORDS: Final = {"passing": "OK", "warning": "DEGRADED", "critical": "FAILED"}

Key = tuple[str, bool, int]


@dataclass(frozen=True, slots=True)
class Change:
    """From `at` on a check had another word; "" for a check that is not there (any more, or not yet)."""

    at: datetime
    before: str
    word: str
    output: str


@dataclass(slots=True)
class CheckHistory:
    """One check: as it was told last, whether it still is there, and what became of it.

    `windows` has by the start of each 5 minutes, in seconds since 1970, how many results were OK, DEGRADED and FAILED.
    `changes` are the last ones, newest first.
    """

    check: Mapping[str, Any]
    is_there: bool = False
    windows: dict[int, list[int]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)


def told_row(check: Mapping[str, Any], count: int) -> tuple[str, ...]:
    """One of `count` checks as a row under COLUMNS."""
    room = max(_OUTPUT_LEAST, min(CELL_LIMIT, _OUTPUTS_LIMIT // count))
    of = _MACHINE if check["is_of_node"] else "service"
    # A cell is one line.
    output = check["output"].replace("\n", " ")
    said = output if len(output) <= room else f"{output[: room - 1]}…"
    return check["name"][:_NAME_LIMIT], check["word"], said, check["type"], of, check["status"]


def checks_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The checks in a report, as an observation has them; outputs are as long as they are kept."""
    section = next((each for each in document.get("sections", ()) if each["title"] == CHECKS), None)
    if section is None:
        return []
    rows = [dict(zip(section.get("columns", ()), row, strict=False)) for row in section.get("rows", ())]
    return [
        {
            "name": row.get("Check", ""),
            "status": row.get("Counts as") or _WORDS.get(row.get("Status", ""), Status.UNKNOWN.name),
            "word": row.get("Status", ""),
            "output": row.get("Output", ""),
            "type": row.get("Type", ""),
            "is_of_node": row.get("Of") == _MACHINE,
        }
        for row in rows
    ]


def histories(reports: Sequence[ResultDetail], results: Iterable[tuple[int, int]]) -> list[CheckHistory]:
    """Each check that is told of now, or was for one of `results`: (id, checked at in ms since 1970).

    `reports` are in the order of their ids. Those that are there come first, in the order of the last report.
    """
    told = [_keyed(checks_of(report.document)) for report in reports]
    found: dict[Key, CheckHistory] = {}
    for key, check in told[-1].items() if told else ():
        found[key] = CheckHistory(check, is_there=True)
    for (place, start), count in _counted([report.result_id for report in reports], results).items():
        for key, check in told[place].items():
            history = found.setdefault(key, CheckHistory(check))
            if (status := Status[check["status"]]) <= Status.FAILED:
                history.windows.setdefault(start, [0, 0, 0])[status] += count
    for key, changes in _changes(reports, told).items():
        if key in found:
            found[key].changes = changes[: -CHANGES_LIMIT - 1 : -1]
    return list(found.values())


def _counted(ids: Sequence[int], results: Iterable[tuple[int, int]]) -> Counter[tuple[int, int]]:
    """How many results each report speaks for, by its place and the start of the window."""
    counted: Counter[tuple[int, int]] = Counter()
    for number, at in results:
        if place := bisect_right(ids, number):
            counted[place - 1, at // WINDOW_MS * WINDOW_MS // 1000] += 1
    return counted


def _changes(
    reports: Sequence[ResultDetail], told: Sequence[Mapping[Key, Mapping[str, Any]]]
) -> dict[Key, list[Change]]:
    """All changes of each check, oldest first; the first report is where the memory begins, and changes nothing."""
    found: dict[Key, list[Change]] = defaultdict(list)
    for number in range(1, len(reports)):
        before, after, at = told[number - 1], told[number], reports[number].checked_at
        for key in {**before, **after}:
            old, new = before.get(key, _NOTHING), after.get(key, _NOTHING)
            if old["word"] != new["word"]:
                found[key].append(Change(at, old["word"], new["word"], new["output"]))
    return found


def _keyed(checks: Iterable[Mapping[str, Any]]) -> dict[Key, Mapping[str, Any]]:
    """Checks by what makes them the same ones later: their names, which several may share."""
    found: dict[Key, Mapping[str, Any]] = {}
    count: Counter[tuple[str, bool]] = Counter()
    for check in checks:
        name = check["name"], check["is_of_node"]
        found[*name, count[name]] = check
        count[name] += 1
    return found


_NOTHING: Final[Mapping[str, Any]] = {"word": "", "output": ""}
