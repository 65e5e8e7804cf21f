"""A channel: where notifications go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

NAME_LIMIT: Final = 80
CHANNELS_LIMIT: Final = 500


@dataclass(frozen=True, slots=True)
class Channel:
    """One of a kind of notifier. That of a person has an account, else it is everybody's. `config` is sealed."""

    pk: int
    name: str
    kind: str
    config: Mapping[str, Any] = field(repr=False)
    templates: Mapping[str, str]
    enabled: bool
    is_default: bool
    account_pk: int | None
    last_sent_at: datetime | None
    last_failed_at: datetime | None
    last_error: str
    created_at: datetime
    updated_at: datetime
