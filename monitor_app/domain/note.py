"""What people write about a service, or about one of its downtimes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

TEXT_LIMIT: Final = 4000


@dataclass(frozen=True, slots=True)
class Note:
    """Plain text. `at` is the moment it speaks of; `who` stays when the account is gone."""

    pk: int
    service_pk: int
    downtime_id: int | None
    at: datetime
    account_pk: int | None
    who: str
    text: str
    created_at: datetime
    updated_at: datetime

    @property
    def is_edited(self) -> bool:
        """Whether it says something else than at first."""
        return self.updated_at > self.created_at
