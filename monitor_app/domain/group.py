"""A group of services, as far as more is known of it than its name, and how its status follows from theirs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from monitor_app.domain.service import NEVER

DESCRIPTION_LIMIT: Final = 500
# How many levels a tree may have.
DEPTH_LIMIT: Final = 8
WEIGHTS_LIMIT: Final = 1000
WEIGHT_MAX: Final = 1000
How = Literal["worst", "share"]
HOWS: Final[tuple[How, ...]] = ("worst", "share")


@dataclass(frozen=True, slots=True)
class Group:
    """One row of the service_group table. `managed_by` and `applied` as with a service."""

    pk: int
    name: str
    description: str
    managed_by: str = ""
    applied: Mapping[str, Any] | None = None
    created_at: datetime = NEVER
    updated_at: datetime = NEVER
    # The name of the group it is in; "" for one at the top. How its status follows; None: the worst of its services'.
    parent: str = ""
    rollup: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Rollup:
    """How the status of a group follows: "worst" of what is in it, or by the "share" of its services that are up.

    With "share": FAILED below `failed_below` percent up, DEGRADED below `degraded_below` percent OK. `weights` tell by
    the service's pk how much it counts, 1 where nothing is said, 0 for not at all.
    """

    how: How = "worst"
    degraded_below: int = 100
    failed_below: int = 50
    weights: Mapping[int, int] = field(default_factory=dict)

    def weight(self, service_pk: int) -> int:
        """How much a service counts."""
        return self.weights.get(service_pk, 1)

    def document(self) -> dict[str, Any] | None:
        """As the column `rollup` holds it."""
        if self.how == "worst":
            return None
        weights = {str(pk): weight for pk, weight in sorted(self.weights.items())}
        bounds = {"degraded_below": self.degraded_below, "failed_below": self.failed_below}
        return {"how": self.how, **bounds, "weights": weights}


WORST: Final = Rollup()


def rollup_of(document: Mapping[str, Any] | None) -> Rollup:
    """What the column `rollup` says; what is not understood, as another version wrote it, is the worst."""
    if document is None or document.get("how") != "share":
        return WORST
    weights = {int(pk): int(weight) for pk, weight in document.get("weights", {}).items()}
    return Rollup("share", int(document["degraded_below"]), int(document["failed_below"]), weights)
