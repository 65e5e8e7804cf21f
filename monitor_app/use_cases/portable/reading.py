"""Reads a file that is to be imported, whatever form it has, and says what is wrong with which of its entries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.configuration.document import Document, Problem
from monitor_app.use_cases.configuration.reading import read_partly
from monitor_app.use_cases.portable.formats import Format
from monitor_app.use_cases.portable.tables import read_csv

_PARTS: Final = ("services", "relations", "groups")


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
    failed = {_about(document, problem) for problem in problems}
    return ReadFile(document, problems, frozenset(failed), any(what == "file" for what, _ in failed))


def _about(document: Document, problem: Problem) -> tuple[str, str]:
    """The entry that a problem is about."""
    first, _, rest = problem.field.partition(".")
    if first in _PARTS and any(entry.service_id == first for entry in document.services):
        return "file", problem.field  # a service of that name, or another one: who knows
    if first == "services" and rest:
        return "service", rest
    if first == "relations" and rest:
        return "relation", rest.partition(".")[0]
    if first == "groups" and rest:
        names = [group.name for group in document.groups if rest == group.name or rest.startswith(f"{group.name}.")]
        return "group", max(names, key=len, default=rest)
    if rest and any(entry.service_id == first for entry in document.services):
        return "service", first
    return "file", problem.field
