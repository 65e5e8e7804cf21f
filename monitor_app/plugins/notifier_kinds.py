"""Finds the kinds of notifiers: every folder under `notifiers/` is one, with `config.py` and `send.py`."""

import importlib
import pkgutil
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Protocol, cast

from monitor_app.domain.alerting.rendered import Rendered
from monitor_app.errors import NotFound
from monitor_app.plugins.hosts import shown_host_port
from monitor_app.plugins.protocols import PluginConfig
from monitor_app.plugins.registry import Plugin
from monitor_app.plugins.sealing import Sealer

NOTIFIERS_PACKAGE = "monitor_app.notifiers"
DEADLINE_SECONDS = 10.0
# What a provider said is kept and shown so far.
ANSWER_LIMIT = 300
_HTTPS_PORT = 443


class NotifierConfig(PluginConfig):
    """Base of every `Config` of a kind of notifier (in `notifiers/<kind>/config.py`)."""

    # What has to be done elsewhere before the form can be filled in, a step each, in Markdown for the docs.
    set_up: ClassVar[tuple[str, ...]] = ()
    # It keeps incidents of its own: each message to it is about one, also where others tell several at once.
    tells_each_incident: ClassVar[bool] = False
    # How long one try may take; the dispatcher (alerting/dispatcher.py) cuts it off after 20 s.
    deadline_seconds: ClassVar[float] = DEADLINE_SECONDS
    # The usual ones come first in menus.
    menu_rank: ClassVar[int] = 50
    # Where the provider describes what is sent to it.
    described_at: ClassVar[str] = ""
    # The field that says where it is sent to, and the hosts of the provider itself (".x.org": all below x.org).
    place_field: ClassVar[str] = "url"
    public_hosts: ClassVar[tuple[str, ...]] = ()

    @property
    def place(self) -> tuple[str, int] | None:
        """The host and port that it is sent to; None where that is not known before."""
        raise NotImplementedError

    @property
    def is_public_place(self) -> bool:
        """Whether it is sent to the provider itself, by TLS: whoever has it sent there reaches nothing of ours."""
        if self.place is None or self.place[1] != _HTTPS_PORT:
            return False
        host = self.place[0]
        return any(host.endswith(each) if each.startswith(".") else host == each for each in self.public_hosts)

    @property
    def limit_key(self) -> str:
        """host:port. Who changes that has to give the secrets anew."""
        return shown_host_port(*self.place) if self.place else self.target


@dataclass(frozen=True, slots=True)
class Sending:
    """What a notifier is handed beside the message. `network` is a `monitor_app.net.Network`, typed loosely.

    `dedupe_key` is the same each time the same message is tried; `incident_key` is the same for all messages of one
    incident, and "" for what belongs to none. All is done within `deadline_seconds`. `settled` are those of several
    receivers who are not to be tried again, as an earlier try told (errors.DeliveryFailed).
    """

    network: Any
    dedupe_key: str
    now: datetime
    incident_key: str = ""
    deadline_seconds: float = DEADLINE_SECONDS
    public_url: str = ""
    settled: Mapping[str, str] = field(default_factory=dict)


class Send(Protocol):
    """`async def send(config, rendered, sending) -> str` in `notifiers/<kind>/send.py`.

    Returns what the provider answered, for people, short and without secrets. Raises DeliveryFailed,
    also when not all receivers took it.
    """

    def __call__(self, config: Any, rendered: Rendered, sending: Sending) -> Awaitable[str]: ...


@dataclass(frozen=True)
class Notifier(Plugin):
    """One kind of notifier."""

    @cached_property
    def config_model(self) -> type[NotifierConfig]:
        """The `Config` of `notifiers/<kind>/config.py`."""
        return cast(type[NotifierConfig], super().config_model)

    def parse(self, values: Mapping[str, Any]) -> NotifierConfig:
        """As of every plugin."""
        return cast(NotifierConfig, super().parse(values))

    @property
    def tells_each_incident(self) -> bool:
        """Whether it keeps incidents of its own, so that each message has to be about one."""
        return self.config_model.tells_each_incident

    @cached_property
    def send(self) -> Send:
        """The `send` coroutine; the first use imports it and what it needs."""
        return cast(Send, importlib.import_module(f"{self.package}.send").send)


class NotifierRegistry:
    """All kinds of notifiers by name. Scanning reads folder names only."""

    def __init__(self, sealer: Sealer | None = None) -> None:
        """`sealer` is the vault of what is stored."""
        package = importlib.import_module(NOTIFIERS_PACKAGE)
        self._notifiers = {
            module.name: Notifier(module.name, f"{NOTIFIERS_PACKAGE}.{module.name}", sealer)
            for module in pkgutil.iter_modules(package.__path__)
            if module.ispkg
        }

    def __iter__(self) -> Iterator[Notifier]:
        return iter(self._notifiers.values())

    def __getitem__(self, name: str) -> Notifier:
        """Raises NotFound, naming the kinds there are."""
        try:
            return self._notifiers[name]
        except KeyError:
            raise NotFound(f"kind must be one of {', '.join(sorted(self._notifiers))}, got {name!r}") from None
