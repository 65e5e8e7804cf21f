"""Which of the services that Apprise knows, as its address."""

import re
from typing import ClassVar

from pydantic import Field, field_validator

from monitor_app.plugins.forms import shown_value
from monitor_app.plugins.notifier_kinds import NotifierConfig

# They speak to this machine only, or start programs of it.
LOCAL_SCHEMES = ("dbus", "kde", "qt", "glib", "gnome", "macosx", "windows", "syslog", "file", "exec")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]{1,30})://", re.IGNORECASE)


class Config(NotifierConfig):
    """Sends through Apprise."""

    kind_title: ClassVar[str] = "Apprise"
    kind_description: ClassVar[str] = "One of the more than 100 services that Apprise knows: Matrix, Signal, SMS …"
    menu_rank: ClassVar[int] = 90
    set_up: ClassVar[tuple[str, ...]] = (
        "Find the service in [Apprise's list](https://appriseit.com/services/), and put its address together as it "
        "says, for example `matrixs://user:password@matrix.example.org/#ops`.",
    )
    described_at: ClassVar[str] = "https://appriseit.com/services/"

    url: str = Field(
        min_length=6,
        max_length=2000,
        title="Apprise address",
        description="One address, as Apprise describes it; never shown again.",
        repr=False,
        json_schema_extra={"secret": True},
    )

    @field_validator("url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        found = _SCHEME.match(url)
        if found is None:
            raise ValueError("must begin with the name of a service and ://, such as gotify:// or matrixs://")
        if re.search(r"\s", url) or not url.isprintable():
            raise ValueError("must be one address without spaces; write %20 for a space")
        if found[1].lower() in LOCAL_SCHEMES:
            raise ValueError(f"must be a service that is reached over the network, got {shown_value(found[1].lower())}")
        return url

    @property
    def scheme(self) -> str:
        """Which service: "gotify"."""
        return self.url.partition("://")[0].lower()

    @property
    def place(self) -> None:
        """Only Apprise knows; it asks before it connects."""
        return

    @property
    def limit_key(self) -> str:
        """The whole address is the secret, so nothing of it can be kept for another one."""
        return self.scheme

    @property
    def target(self) -> str:
        """The service; all else may be secret."""
        return f"{self.scheme}://"
