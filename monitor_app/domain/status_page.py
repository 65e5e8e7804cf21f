"""A status page: which services are shown to those who use them, under which names, and to whom."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from monitor_app.domain.given import given_text, shown
from monitor_app.domain.service import SERVICE_ID_PATTERN
from monitor_app.errors import InvalidInput

Access = Literal["public", "password", "login"]
ACCESSES: Final[tuple[Access, ...]] = ("public", "password", "login")
SLUG_LIMIT: Final = 63
TITLE_LIMIT: Final = 120
DESCRIPTION_LIMIT: Final = 2000
HOST_LIMIT: Final = 253
PAGES_LIMIT: Final = 100
# Of pages that have none of their own.
OUR_COLOUR: Final = "#3e63dd"
# More than people read, and what still makes a page that loads at once on a phone.
ENTRIES_LIMIT: Final = 100
NAME_LIMIT: Final = 120
ENTRY_DESCRIPTION_LIMIT: Final = 300
SECTION_LIMIT: Final = 80
LOGO_BYTES: Final = 200_000
# An SVG is a program; these are pictures only.
LOGO_TYPES: Final = ("image/png", "image/jpeg", "image/webp", "image/gif")

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_HOST_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_BEGINNINGS: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


@dataclass(frozen=True, slots=True)
class PageEntry:
    """A service on a page; readers learn nothing of it but what stands here and how it is."""

    service_pk: int
    service_id: str
    public_name: str
    description: str = ""
    section: str = ""


@dataclass(frozen=True, slots=True)
class StatusPage:
    """A page as people arranged it; entries in their order, those of one section together."""

    pk: int
    slug: str
    title: str
    description: str
    colour: str
    host_name: str | None
    access: Access
    is_indexed: bool
    revision: int
    created_at: datetime
    updated_at: datetime
    logo_type: str = ""
    password_hash: str | None = field(default=None, repr=False)
    entries: tuple[PageEntry, ...] = ()

    @property
    def document(self) -> dict[str, Any]:
        """As the audit log shows it: without the password, and of the logo only that there is one."""
        return {
            "slug": self.slug,
            "title": self.title,
            "description": self.description,
            "colour": self.colour,
            "host_name": self.host_name or "",
            "access": self.access,
            "has_password": self.password_hash is not None,
            "is_indexed": self.is_indexed,
            "logo": self.logo_type,
            "entries": [
                {
                    "service_id": entry.service_id,
                    "public_name": entry.public_name,
                    "description": entry.description,
                    "section": entry.section,
                }
                for entry in self.entries
            ],
        }


def given_slug(value: Any) -> str:
    """The name in the address. Raises InvalidInput (field `slug`)."""
    text = given_text("slug", value, SLUG_LIMIT)
    if not SERVICE_ID_PATTERN.fullmatch(text):
        allowed = "1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends"
        raise InvalidInput({"slug": f"must be {allowed}, got {shown(text)}"})
    return text


def given_brand(value: Any) -> str:
    """A colour as `#3e63dd`, or "" for ours. Raises InvalidInput (field `colour`)."""
    text = given_text("colour", value, 20, is_required=False).lower()
    if text and not _COLOUR.fullmatch(text):
        raise InvalidInput({"colour": f"must be a colour such as #3e63dd, or nothing, got {shown(text)}"})
    return text


def given_host_name(value: Any) -> str | None:
    """A name of the network with at least one dot, in lower case, without a port; None for none.

    Raises InvalidInput (field `host_name`). Names of other scripts are given as browsers send them (xn--...).
    """
    text = given_text("host_name", value, HOST_LIMIT, is_required=False).lower().rstrip(".")
    if not text:
        return None
    labels = text.split(".")
    if len(labels) < 2 or not all(_HOST_LABEL.fullmatch(label) for label in labels) or labels[-1].isdecimal():
        raise InvalidInput({"host_name": f"must be a name such as status.example.org, got {shown(text)}"})
    return text


def given_access(value: Any) -> Access:
    """Raises InvalidInput (field `access`)."""
    for access in ACCESSES:
        if value == access:
            return access
    raise InvalidInput({"access": f"must be one of {', '.join(ACCESSES)}, got {shown(value)}"})


def picture_type(data: bytes) -> str:
    """What a picture is, by how it begins; "" for what is none of LOGO_TYPES."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((name for beginning, name in _BEGINNINGS if data.startswith(beginning)), "")
