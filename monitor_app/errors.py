"""Every error this program raises on purpose.

LightbulbError
├── InvalidInput          what somebody entered is refused: names field, value, what is allowed
│   └── SettingsError     the same for the environment and `.env`
├── NotFound              no such service, kind, ...
├── Conflict              it contradicts what is there (a service_id that is taken)
│   └── Stale             somebody else changed it since it was read
├── PreconditionFailed    the request names a version that is not the present one
├── PermissionDenied      the caller may not do that
├── DatabaseUnavailable   cannot be opened or written: says which and why
├── LeadershipLost        another process schedules now; nothing more may be written
├── SecretUnreadable      a stored secret was sealed with a key that is not here
├── DeliveryFailed        a provider did not take a notification: whether to try again, and when
├── OutboundRefused       the outbound guard does not let this connection go out
└── Busy                  too much of one kind of work waits already; come again in a moment
    └── TooMany           the same, and it is what people have ordered themselves: says what may wait
"""

from collections.abc import Mapping
from typing import Any


class LightbulbError(Exception):
    """Base of all errors that are meant to reach a person; the text says what to do."""


class InvalidInput(LightbulbError):
    """Input is refused.

    `fields` maps a field's name to the message that belongs under it.
    """

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = dict(fields)
        super().__init__("; ".join(f"{name}: {text}" for name, text in self.fields.items()))


class SettingsError(InvalidInput):
    """A setting of the environment or `.env` is refused; the start stops here."""


class NotFound(LightbulbError):
    """The named thing does not exist."""


class Conflict(InvalidInput):
    """The input contradicts what exists, such as a service_id that is already taken.

    `details` are for programs, as JSON: what is in the way.
    """

    def __init__(self, fields: Mapping[str, str], details: Mapping[str, Any] | None = None) -> None:
        super().__init__(fields)
        self.details = dict(details or {})


class Stale(Conflict):
    """Somebody else changed the object since it was read; what to do is in the text."""


class PreconditionFailed(LightbulbError):
    """If-Match names a version that is not the present one, or none at all."""


class PermissionDenied(LightbulbError):
    """The caller lacks the permission this action declares."""


class DatabaseUnavailable(LightbulbError):
    """The database cannot be opened or written."""


class LeadershipLost(LightbulbError):
    """Another process has become the scheduler; this one must stop writing."""


class SecretUnreadable(LightbulbError):
    """A stored secret was sealed with a key that is not here, or has been changed."""


class DeliveryFailed(LightbulbError):
    """A notification was not delivered; the text is the provider's own answer, or what stood in the way.

    `is_final`: trying again is of no use. `is_ambiguous`: the provider may have taken it all the same, as after a
    time-out. `retry_after_seconds` is how long the provider asked to wait. `settled` names those of several receivers
    who are not to be tried again: "" for who has it, else why it was refused for good.
    """

    def __init__(
        self,
        message: str,
        *,
        is_final: bool = False,
        is_ambiguous: bool = False,
        retry_after_seconds: float | None = None,
        settled: Mapping[str, str] | None = None,
    ) -> None:
        self.settled = dict(settled or {})
        self.is_final = is_final
        self.is_ambiguous = is_ambiguous
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)


class OutboundRefused(LightbulbError):
    """The outbound guard refuses an address: by our own rules, which says nothing about the target."""

    is_ours = True


class Busy(LightbulbError):
    """Too much work of this kind waits already; the same call a few seconds later will do."""


class TooMany(Busy):
    """So much that people ordered is under way that nothing more is taken until some of it is done."""
