"""What somebody enters to describe a relation, and everything that is wrong with it by itself, told at once."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from monitor_app.domain.given import given_text, shown
from monitor_app.domain.relation import DEPENDENCY, NOTE_LIMIT, RELATION_TYPES
from monitor_app.errors import InvalidInput

_SERVICE_ID_LIMIT = 63


@dataclass(frozen=True, slots=True)
class RelationInput:
    """One relation: the source depends on, talks to, or sends data to the target."""

    source_service_id: str
    target_service_id: str
    relation_type: str = DEPENDENCY
    enabled: bool = True
    note: str = ""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Validate raw values. Raises InvalidInput with one message for each wrong or unknown field."""
        names = {field.name for field in fields(cls)}
        problems = {str(name)[:60]: "is not a field of a relation" for name in values if name not in names}
        checked: dict[str, Any] = {}
        for name, check in _CHECKS.items():
            if name in values or name in ("source_service_id", "target_service_id"):
                try:
                    checked[name] = check(name, values.get(name, ""))
                except InvalidInput as err:
                    problems |= err.fields
        if problems:
            raise InvalidInput(problems)
        return cls(**checked)

    def to_dict(self) -> dict[str, Any]:
        """As `auditing.shown_relation` has it."""
        return asdict(self)


def _service_id(name: str, value: Any) -> str:
    return given_text(name, value, _SERVICE_ID_LIMIT)


def _type(name: str, value: Any) -> str:
    if value not in RELATION_TYPES:
        raise InvalidInput({name: f"must be one of {', '.join(RELATION_TYPES)}, got {shown(value)}"})
    return str(value)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput({name: f"must be true or false, got {shown(value)}"})
    return value


def _note(name: str, value: Any) -> str:
    return given_text(name, value, NOTE_LIMIT, is_required=False)


_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "source_service_id": _service_id,
    "target_service_id": _service_id,
    "relation_type": _type,
    "enabled": _flag,
    "note": _note,
}
