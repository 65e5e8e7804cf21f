"""What screens and programs are shown of accounts, sessions, keys and invitations; nothing of it is secret."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from monitor_app.domain.version import content_version

Theme = Literal["system", "light", "dark"]
THEMES: tuple[Theme, ...] = ("system", "light", "dark")
HISTORY_GRANULARITIES = (5, 15, 30, 60)
REFRESH_SECONDS = (30, 60, 120, 300, 600)
Density = Literal["comfortable", "compact"]
DENSITIES: tuple[Density, ...] = ("comfortable", "compact")


@dataclass(frozen=True, slots=True)
class Preferences:
    """How somebody wants to see the screens.

    `time_zone` is an IANA name and `date_language` a BCP 47 tag; "" leaves either to the browser. `default_page` is
    the path that opens after the log-in, `history_granularity` how many minutes a window of a history has. With
    `auto_refresh` screens are not live, but fetched anew each `refresh_seconds`. `tour_seen`: the tour of the board was
    taken or skipped.
    """

    time_zone: str = ""
    date_language: str = ""
    theme: Theme = "system"
    default_page: str = "/"
    history_granularity: int = 15
    auto_refresh: bool = False
    refresh_seconds: int = 60
    density: Density = "comfortable"
    tour_seen: bool = False


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account in the list of users. `sessions` and `keys` are how many there are that work."""

    pk: int
    username: str
    role: str
    is_disabled: bool
    has_second_factor: bool
    sessions: int
    keys: int
    created_at: datetime
    signed_in_at: datetime | None

    @property
    def version(self) -> str:
        """Another one whenever an administrator has changed something; what the person does does not count."""
        return content_version([self.pk, self.username, self.role, self.is_disabled, self.has_second_factor])


@dataclass(frozen=True, slots=True)
class Profile:
    """One's own account. `recovery_codes` is how many are left; 0 without a second factor."""

    username: str
    role: str
    preferences: Preferences
    has_second_factor: bool
    recovery_codes: int
    created_at: datetime
    signed_in_at: datetime | None


@dataclass(frozen=True, slots=True)
class InvitationView:
    """A link for one new account. `state` is "open", "used" or "expired"."""

    pk: int
    role: str
    is_setup: bool
    note: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    state: Literal["open", "used", "expired"]
    used_by: str = ""


@dataclass(frozen=True, slots=True)
class SessionView:
    """A browser that is logged in. `device` is such as "Firefox on Linux"; `ends_at` whatever happens until then."""

    pk: int
    device: str
    address: str
    created_at: datetime
    used_at: datetime
    ends_at: datetime
    is_kept: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key of a program, or the token of a wall screen, without its secret. `state` says whether it works."""

    pk: int
    key_id: str
    name: str
    permissions: tuple[str, ...]
    addresses: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    used_from: str
    state: Literal["works", "revoked", "expired"]


@dataclass(frozen=True, slots=True)
class SecondFactorOffer:
    """What an authenticator app is told: by the QR code (an image as a data URI), the link, or the secret typed in."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)
    qr: str = field(repr=False)
