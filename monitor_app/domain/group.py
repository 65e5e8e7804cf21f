"""A group of services, as far as more is known of it than its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from monitor_app.domain.service import NEVER


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
