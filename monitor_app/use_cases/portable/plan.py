"""What an import is to do: filled in part by part, and what is wrong noted on the way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor_app.domain.group import Group
from monitor_app.domain.relation import Relation
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.domain.service import ServiceDefinition
from monitor_app.use_cases.configuration.document import GroupEntry, Problem, RelationEntry, ServiceEntry
from monitor_app.use_cases.portable.report import OnConflict, Step, What
from monitor_app.use_cases.service_input import ValidService

NAMED_LIMIT = 5
# Names of fields with the values before and after, as people may see them.
Fields = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Present:
    """What is there before; `revision` is that of the services and all that hangs on them."""

    services: Mapping[str, ServiceDefinition]
    relations: Mapping[tuple[str, str, str], Relation]
    groups: Mapping[str, Group]
    settings: SecuritySettings
    revision: int


@dataclass(frozen=True, slots=True)
class ServiceStep:
    """A service that is added, or changed when there is one `before`."""

    entry: ServiceEntry
    valid: ValidService
    before: ServiceDefinition | None
    fields: Fields

    @property
    def name(self) -> str:
        """Its service_id."""
        return self.entry.service_id


@dataclass(frozen=True, slots=True)
class RelationStep:
    """The same of a relation."""

    entry: RelationEntry
    before: Relation | None
    fields: Fields


@dataclass(frozen=True, slots=True)
class GroupStep:
    """The same of a group."""

    entry: GroupEntry
    before: Group | None
    fields: Fields = field(default_factory=dict)


@dataclass
class Plan:
    """What is to be done. `problems` are about what is in `failed`, by sort and name, and in none of the lists."""

    on_conflict: OnConflict
    services: list[ServiceStep] = field(default_factory=list)
    relations: list[RelationStep] = field(default_factory=list)
    groups: list[GroupStep] = field(default_factory=list)
    settings: SecuritySettings | None = None
    settings_fields: Fields = field(default_factory=dict)
    unchanged: int = 0
    skipped: int = 0
    problems: list[Problem] = field(default_factory=list)
    failed: set[tuple[str, str]] = field(default_factory=set)

    def wrong(self, what: str, name: str, *problems: Problem) -> None:
        """Note what is wrong with an entry."""
        self.failed.add((what, name))
        self.problems += problems

    def may_change(self, what: What, name: str, fields: Fields, problem: Callable[[str], Problem]) -> bool:
        """Whether something that is there already may be made otherwise; counts it, or notes a problem, if not."""
        if self.on_conflict == "update":
            return True
        if self.on_conflict == "skip":
            self.skipped += 1
            return False
        more = " and more" if len(fields) > NAMED_LIMIT else ""
        named = ", ".join(list(fields)[:NAMED_LIMIT]) + more
        self.wrong(
            what, name, problem(f"is there already with another {named}: import with on-conflict update, or skip")
        )
        return False

    def steps(self) -> list[Step]:
        """All that is to be done, for people."""
        found = [Step(_action(step.before), "group", step.entry.name, step.fields) for step in self.groups]
        found += [Step(_action(step.before), "service", step.name, step.fields) for step in self.services]
        found += [Step(_action(step.before), "relation", step.entry.name, step.fields) for step in self.relations]
        if self.settings is not None:
            found.append(Step("change", "settings", "security", self.settings_fields))
        return found


def _action(before: object) -> Any:
    return "add" if before is None else "change"
