"""A relation between two services: source depends on, talks to, or sends data to target."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from monitor_app.domain.service import NEVER

DEPENDENCY: Final = "dependency"
COMMUNICATION: Final = "communication"
DATA_FLOW: Final = "data-flow"
RELATION_TYPES: Final = (DEPENDENCY, COMMUNICATION, DATA_FLOW)
NOTE_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class Relation:
    """One row of the relation table. `pk` is its public `relation_id`, too; ends are given by the services' pks.

    `managed_by` and `applied` as with a service.
    """

    pk: int
    source_pk: int
    target_pk: int
    relation_type: str
    enabled: bool
    note: str
    managed_by: str = ""
    applied: Mapping[str, Any] | None = None
    created_at: datetime = NEVER
    updated_at: datetime = NEVER
