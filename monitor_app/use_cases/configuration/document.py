"""What a configuration file says once it is read: services, relations and groups, and where each of it stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from monitor_app.domain.relation import DEPENDENCY
from monitor_app.errors import InvalidInput
from monitor_app.redact import masked
from monitor_app.use_cases.service_input import ServiceInput

# What may be said of a service, besides its service_id, which is its name in the file.
SERVICE_FIELDS: Final = tuple(name for name in ServiceInput.model_fields if name != "service_id")
RELATION_FIELDS: Final = ("source", "target", "relation_type", "enabled", "note")
GROUP_FIELDS: Final = ("description", "parent", "rollup")
GROUP_DESCRIPTION_LIMIT: Final = 500
PROBLEMS_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file; no line where that is not known."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, with which field (such as `web.label`; "" for the file), and what is allowed."""

    place: Place
    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.field}: {self.text}" if self.field else f"{self.place}: {self.text}"

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {"file": self.place.file, "line": self.place.line, "field": self.field, "message": self.text}


class ConfigFileError(InvalidInput):
    """A file is refused. `problems` are all that was found; the text has one on each line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = list(dict.fromkeys(problems))
        fields: dict[str, str] = {}
        for problem in self.problems[:PROBLEMS_LIMIT]:
            name = f"{problem.place}: {problem.field}" if problem.field else str(problem.place)
            fields[name] = f"{fields[name]}; {problem.text}" if name in fields else problem.text
        super().__init__(fields)

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems[:PROBLEMS_LIMIT]]
        more = len(self.problems) - len(lines)
        return "\n".join([*lines, f"and {more} more"] if more else lines)


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """One service as a file has it.

    `values` are the fields that are given (SERVICE_FIELDS), defaults of the file included, as they were read: fit for
    `service_input.check`, which says what is wrong with them. `places` has the line of a field by its path, such as
    `label` or `status_config.url`. `hidden` are the paths whose value came out of a variable or a secret file, and
    `secrets` those values: they are shown to nobody.
    """

    service_id: str
    values: Mapping[str, Any] = field(repr=False)
    place: Place = field(default=Place(""), compare=False)
    places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)
    hidden: frozenset[str] = field(default=frozenset(), compare=False)
    secrets: frozenset[str] = field(default=frozenset(), compare=False, repr=False)

    @property
    def given(self) -> dict[str, Any]:
        """The values with the service_id, as `service_input.check` takes them."""
        return {**self.values, "service_id": self.service_id}

    def tells(self, text: str) -> bool:
        """Whether a text holds a value from outside."""
        return any(secret in text for secret in self.secrets if secret)

    def place_of(self, name: str) -> Place:
        """Where a field stands, those of `status_config` by their own names, too; else where the service begins."""
        for path in (f"status_config.{name}", name, "status_config" if name not in SERVICE_FIELDS else ""):
            if path in self.places:
                return self.places[path]
        return self.place

    def problem(self, name: str, text: str) -> Problem:
        """What is wrong with one of its fields; a message repeats no value from outside."""
        return Problem(self.place_of(name), f"{self.service_id}.{name}", masked(text, self.secrets))


@dataclass(frozen=True, slots=True)
class RelationEntry:
    """One relation as a file has it; its ends are service_ids, of this file or not."""

    source: str
    target: str
    relation_type: str = DEPENDENCY
    enabled: bool = True
    note: str = ""
    place: Place = field(default=Place(""), compare=False)

    @property
    def key(self) -> tuple[str, str, str]:
        """What is unique: source, target and type."""
        return self.source, self.target, self.relation_type

    @property
    def name(self) -> str:
        """For people: `web -> db (dependency)`."""
        return f"{self.source} -> {self.target} ({self.relation_type})"

    def problem(self, name: str, text: str) -> Problem:
        """What is wrong with one of its fields."""
        return Problem(self.place, f"{self.name}.{name}", text)


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """What a file says of a group beside the name; `rollup` is as RollupInput.document gives it."""

    name: str
    description: str = ""
    parent: str = ""
    rollup: Mapping[str, Any] | None = None
    place: Place = field(default=Place(""), compare=False)

    @property
    def document(self) -> dict[str, Any]:
        """As the audit log shows it."""
        return {"name": self.name, "description": self.description, "parent": self.parent, "rollup": self.rollup}


@dataclass(frozen=True, slots=True)
class Document:
    """All of one file, its overlay included. `name` is the file's name without folders: what its objects are marked by.

    `kinds` are those that it has defaults for. `settings` are those of an export, which imports take and nobody else.
    """

    name: str
    services: tuple[ServiceEntry, ...] = ()
    relations: tuple[RelationEntry, ...] = ()
    groups: tuple[GroupEntry, ...] = ()
    kinds: Mapping[str, Place] = field(default_factory=dict, compare=False)
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    settings_place: Place = field(default=Place(""), compare=False)
