"""What an import is told to do, and what it tells in the end."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from monitor_app.use_cases.configuration.document import Problem

OnConflict = Literal["skip", "update", "fail"]
ON_CONFLICT: Final = ("skip", "update", "fail")
Action = Literal["add", "change"]
What = Literal["service", "relation", "group", "settings"]
# Told while it goes on: what is done, how much of it, of how much.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """`on_conflict`: what to do with what is there already and is otherwise in the file.

    `is_partial` takes what is good although something else is wrong; a dry run takes nothing.
    """

    is_dry_run: bool = False
    is_partial: bool = False
    on_conflict: OnConflict = "fail"
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that is added or changed; of a change `fields` are its names with the values before and after."""

    action: Action
    what: What
    name: str
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was done, or would be in a dry run; nothing is done with anything when something failed, unless partial.

    `failed` counts what `errors` speak of: each service, relation or group once.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    errors: tuple[Problem, ...] = ()
    steps: tuple[Step, ...] = ()
    is_written: bool = False
