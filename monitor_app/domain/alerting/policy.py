"""Escalation policies: who is told first, and who when nobody answers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from monitor_app.domain.given import given_number, given_pk, shown
from monitor_app.errors import InvalidInput

TargetType = Literal["channel", "account", "schedule"]
TARGET_TYPES: Final[tuple[TargetType, ...]] = ("channel", "account", "schedule")
STEPS_LIMIT: Final = 10
TARGETS_LIMIT: Final = 20
AFTER_MINUTES_MAX: Final = 24 * 60
ROUNDS_MAX: Final = 10


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """A channel, a person by all their own channels, or whoever is on call in a schedule."""

    type: TargetType
    pk: int


@dataclass(frozen=True, slots=True)
class Step:
    """Told `after_minutes` after the step before it; the first one after the incident began."""

    after_minutes: int
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """All steps in order, and all of them again until `rounds` are over or somebody answers."""

    pk: int
    name: str
    is_default: bool
    steps: tuple[Step, ...]
    rounds: int = 1
    # Told when a step reaches nobody.
    fallback_channel_pk: int | None = None

    def targets(self) -> Iterator[Target]:
        """Everything that it names."""
        for step in self.steps:
            yield from step.targets


def parse_steps(value: Any) -> tuple[Step, ...]:
    """Steps from their document, a list. Raises InvalidInput on `steps`, saying which one is wrong."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InvalidInput({"steps": f"must be a list of steps, got {shown(value)}"})
    if not value:
        raise InvalidInput({"steps": "must have at least one step: a policy without one tells nobody"})
    if len(value) > STEPS_LIMIT:
        raise InvalidInput({"steps": f"must be at most {STEPS_LIMIT} steps, got {len(value)}"})
    return tuple(_step(number, each) for number, each in enumerate(value, 1))


def steps_document(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """As they are stored."""
    return [
        {
            "after_minutes": step.after_minutes,
            "targets": [{"type": target.type, "pk": target.pk} for target in step.targets],
        }
        for step in steps
    ]


def _step(number: int, value: Any) -> Step:
    if not isinstance(value, Mapping) or set(value) - {"after_minutes", "targets"}:
        raise InvalidInput({"steps": f"step {number} must have after_minutes and targets, got {shown(value)}"})
    targets = value.get("targets")
    if not isinstance(targets, Sequence) or isinstance(targets, str) or not targets:
        raise InvalidInput({"steps": f"step {number} must name at least one channel, person or schedule"})
    if len(targets) > TARGETS_LIMIT:
        raise InvalidInput({"steps": f"step {number} must have at most {TARGETS_LIMIT} targets, got {len(targets)}"})
    try:
        minutes = given_number("after_minutes", value.get("after_minutes", 0), 0, AFTER_MINUTES_MAX)
        return Step(minutes, tuple(dict.fromkeys(_target(target) for target in targets)))
    except InvalidInput as err:
        name, text = next(iter(err.fields.items()))
        raise InvalidInput({"steps": f"step {number}: {name} {text}"}) from err


def _target(value: Any) -> Target:
    if not isinstance(value, Mapping) or set(value) != {"type", "pk"}:
        raise InvalidInput({"target": f"must have a type and a pk, got {shown(value)}"})
    if value["type"] not in TARGET_TYPES:
        raise InvalidInput({"type": f"must be one of {', '.join(TARGET_TYPES)}, got {shown(value['type'])}"})
    return Target(cast("TargetType", value["type"]), given_pk("pk", value["pk"]))
