"""Finds the kinds of sources: every folder under `sources/` is one, with `config.py` and `poll.py`."""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Protocol, cast

from monitor_app.domain.source import Reading
from monitor_app.errors import NotFound
from monitor_app.plugins.protocols import PluginConfig
from monitor_app.plugins.registry import Plugin
from monitor_app.plugins.sealing import Sealer

SOURCES_PACKAGE = "monitor_app.sources"


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What a source is handed: `network` is a `monitor_app.net.Network`, typed loosely, as net stands above.

    `memory` is the source's own, empty at first, and stays from poll to poll.
    """

    network: Any
    memory: dict[str, Any] = field(default_factory=dict)


class SourceConfig(PluginConfig):
    """Base of every `Config` of a kind of source (in `sources/<kind>/config.py`)."""

    # The kind of check that its services have, and what they are pre-set to be.
    check_kind: ClassVar[str]
    service_type: ClassVar[str]


class SourcePoll(Protocol):
    """What `sources/<kind>/poll.py` has."""

    async def poll(self, context: SourceContext, config: Any) -> Reading:
        """Read everything, once. Raises LightbulbError, in words for people, when the source is away or refuses."""
        ...

    def watch(self, context: SourceContext, config: Any) -> AsyncIterator[None]:
        """One item each time that something may have changed, for as long as the source tells; ends when it cannot."""
        ...


@dataclass(frozen=True)
class SourceKind(Plugin):
    """One kind of source."""

    @cached_property
    def config_model(self) -> type[SourceConfig]:
        """The `Config` of `sources/<kind>/config.py`."""
        return cast(type[SourceConfig], super().config_model)

    def parse(self, values: Mapping[str, Any]) -> SourceConfig:
        """As of every plugin."""
        return cast(SourceConfig, super().parse(values))

    @cached_property
    def poller(self) -> SourcePoll:
        """The module `poll`; the first use imports it and what it needs."""
        return cast(SourcePoll, importlib.import_module(f"{self.package}.poll"))


class SourceRegistry:
    """All kinds of sources by name."""

    def __init__(self, sealer: Sealer | None = None) -> None:
        """`sealer` is the vault of what is stored."""
        package = importlib.import_module(SOURCES_PACKAGE)
        self._sources = {
            module.name: SourceKind(module.name, f"{SOURCES_PACKAGE}.{module.name}", sealer)
            for module in pkgutil.iter_modules(package.__path__)
            if module.ispkg
        }

    def __iter__(self) -> Iterator[SourceKind]:
        return iter(self._sources.values())

    def __getitem__(self, name: str) -> SourceKind:
        """Raises NotFound, naming the kinds there are."""
        try:
            return self._sources[name]
        except KeyError:
            raise NotFound(f"kind must be one of {', '.join(sorted(self._sources))}, got {name!r}") from None
