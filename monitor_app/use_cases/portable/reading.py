"""Reads a file that is to be imported, whatever form it has, and says what is wrong with which of its entries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.configuration.document import Document, Problem
from monitor_app.use_cases.configuration.reading import read_partly
from monitor_app.use_cases.portable.formats import Format
from monitor_app.use_cases.portable.tables import read_csv

_PARTS: Final = ("services", "relations", "groups")
# Longer names are cut in problems.
_LONGEST: Final = 81


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A document; the problems found so far, and the entries they are about, by sort and name.

    When `is_doubtful`, what is wrong may concern all of it: then not even a part of it is taken.
    """

    document: Document
    problems: Sequence[Problem] = ()
    failed: frozenset[tuple[str, str]] = field(default=frozenset())
    is_doubtful: bool = False


def read_file(data: bytes | str, form: Format, name: str, registry: KindRegistry) -> ReadFile:
    """Nothing stands for values of the server here: no variables, no files. Raises InvalidInput when it is unreadable.

    To be called in a thread: the largest take seconds.
    """
    if form == "csv":
        document, problems = read_csv(data, name, registry)
        return ReadFile(document, problems, frozenset(("row", str(each.place)) for each in problems))
    document, problems = read_partly(data, form, name)
    services, groups = ({each.service_id for each in document.services}, {each.name for each in document.groups})
    failed = {_about(problem, services, groups) for problem in problems}
    return ReadFile(document, problems, frozenset(failed), any(what == "file" for what, _ in failed))


def _about(problem: Problem, services: Collection[str], groups: Collection[str]) -> tuple[str, str]:
    """The entry that a problem is about; `services` and `groups` are the names of those that could be read."""
    first, _, rest = problem.field.partition(".")
    if first in _PARTS and first in services:
        return "file", problem.field  # a service of that name, or another one: who knows
    if first == "services" and rest:
        return "service", rest
    if first == "relations" and rest:
        return "relation", rest.partition(".")[0]
    if first == "groups" and rest:
        return "group", _group_of(rest, groups)
    if rest and first in services:
        return "service", first
    return "file", problem.field


def _group_of(path: str, groups: Collection[str]) -> str:
    """The longest name of a group that the path is, or begins with: names may hold dots."""
    ends = [len(path), *(place for place, char in enumerate(path[:_LONGEST]) if char == ".")]
    return max((path[:end] for end in ends if path[:end] in groups), key=len, default=path)
