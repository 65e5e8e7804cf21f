"""What somebody enters to describe a group, and everything that is wrong with it by itself, told at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from monitor_app.domain.given import given_number, given_text, shown
from monitor_app.domain.group import DESCRIPTION_LIMIT, HOWS, WEIGHT_MAX, WEIGHTS_LIMIT, WORST, Rollup
from monitor_app.domain.service import GROUP_LIMIT
from monitor_app.errors import InvalidInput
from monitor_app.use_cases.service_input import ServiceInput

FIELDS: Final = ("name", "description", "parent", "rollup")
_ROLLUP_FIELDS: Final = ("how", "degraded_below", "failed_below", "weights")
_NO_WEIGHTS: Final[Mapping[str, int]] = {}


@dataclass(frozen=True, slots=True)
class RollupInput:
    """How the status follows; `weights` by service_id."""

    rollup: Rollup
    weights: Mapping[str, int]

    def document(self) -> dict[str, Any] | None:
        """As people and files say it, weights by service_id; None for the worst."""
        found = self.rollup.document()
        return None if found is None else found | {"weights": dict(sorted(self.weights.items()))}

    def stored(self, pks: Mapping[str, int]) -> dict[str, Any] | None:
        """As the column holds it. `pks` are those of all services. Raises InvalidInput for services unknown to it."""
        if unknown := [name for name in self.weights if name not in pks]:
            raise InvalidInput({"rollup.weights": f"must name services that exist: there is no {unknown[0]}"})
        weights = {pks[name]: weight for name, weight in self.weights.items()}
        return Rollup(self.rollup.how, self.rollup.degraded_below, self.rollup.failed_below, weights).document()


@dataclass(frozen=True, slots=True)
class GroupInput:
    """What is given of a group; None: nothing is said of it."""

    name: str | None = None
    description: str | None = None
    parent: str | None = None
    rollup: RollupInput | None = None

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> "GroupInput":
        """Validate raw values. Raises InvalidInput with one message for each wrong or unknown field."""
        problems = {str(name)[:60]: "is not a field of a group" for name in values if name not in FIELDS}
        checked: dict[str, Any] = {}
        for name, check in _CHECKS.items():
            if name in values:
                try:
                    checked[name] = check(name, values[name])
                except InvalidInput as err:
                    problems |= err.fields
        if problems:
            raise InvalidInput(problems)
        return cls(**checked)


def given_group(field: str, value: Any, *, is_required: bool = True) -> str:
    """A group's name, as services may carry it. Raises InvalidInput on `field`."""
    text = given_text(field, value, GROUP_LIMIT, is_required=is_required)
    try:
        return ServiceInput.parse({"group": text}).group
    except InvalidInput as err:
        raise InvalidInput({field: err.fields["group"]}) from err


def given_rollup(field: str, value: Any) -> RollupInput:
    """How the status follows. Raises InvalidInput on `field` or one of its own, such as `rollup.weights`."""
    if value is None:
        return RollupInput(WORST, _NO_WEIGHTS)
    if not isinstance(value, Mapping):
        raise InvalidInput({field: f"must be an object, got {shown(value)}"})
    problems = {f"{field}.{name}"[:80]: "is not a field of it" for name in value if name not in _ROLLUP_FIELDS}
    how, weights = value.get("how", WORST.how), _NO_WEIGHTS
    if how not in HOWS:
        problems[f"{field}.how"] = f"must be one of {', '.join(HOWS)}, got {shown(how)}"
    bounds = {"degraded_below": WORST.degraded_below, "failed_below": WORST.failed_below}
    for name in bounds:
        try:
            bounds[name] = given_number(f"{field}.{name}", value.get(name, bounds[name]), 0, 100)
        except InvalidInput as err:
            problems |= err.fields
    try:
        weights = _weights(f"{field}.weights", value.get("weights", {}))
    except InvalidInput as err:
        problems |= err.fields
    if not problems and bounds["failed_below"] > bounds["degraded_below"]:
        problems[f"{field}.failed_below"] = f"must be at most degraded_below, {bounds['degraded_below']}"
    if problems:
        raise InvalidInput(problems)
    return RollupInput(Rollup(how, bounds["degraded_below"], bounds["failed_below"]), weights)


def _weights(field: str, value: Any) -> dict[str, int]:
    if not isinstance(value, Mapping):
        raise InvalidInput({field: f"must be an object of service ids and numbers, got {shown(value)}"})
    if len(value) > WEIGHTS_LIMIT:
        raise InvalidInput({field: f"must be at most {WEIGHTS_LIMIT} services, got {len(value)}"})
    weights: dict[str, int] = {}
    for name, weight in value.items():
        try:
            weights[given_text(field, name, 63)] = given_number(field, weight, 0, WEIGHT_MAX)
        except InvalidInput as err:
            raise InvalidInput({field: f"{shown(name)}: {err.fields[field]}"}) from err
    return weights


def _description(name: str, value: Any) -> str:
    return given_text(name, value, DESCRIPTION_LIMIT, is_required=False)


def _parent(name: str, value: Any) -> str:
    return given_group(name, value, is_required=False)


_CHECKS: Mapping[str, Callable[[str, Any], Any]] = {
    "name": given_group,
    "description": _description,
    "parent": _parent,
    "rollup": given_rollup,
}
