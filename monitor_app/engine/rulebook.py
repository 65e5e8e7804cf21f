"""What the engine knows of each service's definition: its rules, whom it depends on, how long it may be silent."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from monitor_app.domain import rules as domain_rules
from monitor_app.domain import thresholds
from monitor_app.domain.graph import graph_of
from monitor_app.domain.rules import Rules
from monitor_app.domain.service import INTERVAL_DEFAULT_SECONDS, ServiceDefinition
from monitor_app.errors import LightbulbError
from monitor_app.log import get_logger
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import Kind, KindRegistry

# A service that has had no result for so many intervals, and its deadline, is silent: nothing is known of it.
SILENT_INTERVALS = 2

_DEADLINE_DEFAULT_SECONDS: float = CheckConfig.model_fields["deadline_seconds"].default

# Of one that is deleted.
_PATIENCE_DEFAULT_SECONDS = SILENT_INTERVALS * INTERVAL_DEFAULT_SECONDS + _DEADLINE_DEFAULT_SECONDS

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Page:
    """What follows from one revision of a service. A definition that cannot be understood has the default rules."""

    service: ServiceDefinition
    rules: Rules
    patience_seconds: float
    member_ids: tuple[str, ...] = ()
    kind: Kind | None = None
    config: CheckConfig | None = None
    # Nobody asks it: a source tells of it.
    is_observed: bool = False


class RuleBook:
    """All services that are not deleted."""

    def __init__(self, registry: KindRegistry) -> None:
        self._registry = registry
        self._pages: dict[int, Page] = {}
        self._pks: dict[str, int] = {}
        self._relations: dict[int, set[int]] = {}
        # What each depends on by a relation; another object when that has changed.
        self.dependencies: dict[int, list[int]] = {}
        # Who depends on whom by being made of it, by the member's service_id.
        self._wholes: dict[str, set[int]] = {}

    def __iter__(self) -> Iterator[ServiceDefinition]:
        return (page.service for page in self._pages.values())

    def define(self, services: Iterable[ServiceDefinition]) -> None:
        """Take added, changed and deleted services."""
        for service in services:
            self._forget(service.pk)
            if service.is_deleted:
                continue
            page = self._pages[service.pk] = self._read(service)
            self._pks[service.service_id] = service.pk
            for member in page.member_ids:
                self._wholes.setdefault(member, set()).add(service.pk)

    def relate(self, dependencies: Iterable[tuple[int, int]]) -> None:
        """Take all relations of which the first service depends on the second."""
        known = list(dependencies)
        self._relations = {}
        for source, target in known:
            self._relations.setdefault(target, set()).add(source)
        graph = graph_of(known)
        if graph != self.dependencies:
            self.dependencies = graph

    def page(self, pk: int) -> Page | None:
        """All that follows from a service's definition; None when there is none."""
        return self._pages.get(pk)

    def get(self, pk: int) -> ServiceDefinition | None:
        """A service; None when there is none."""
        page = self._pages.get(pk)
        return None if page is None else page.service

    def find(self, service_id: str) -> ServiceDefinition | None:
        """A service by its public name."""
        pk = self._pks.get(service_id)
        return None if pk is None else self._pages[pk].service

    def is_observed(self, pk: int) -> bool:
        """Whether nobody asks a service, because a source tells of it."""
        page = self._pages.get(pk)
        return page is not None and page.is_observed

    def of_source(self, source_pk: int) -> list[ServiceDefinition]:
        """The services of a source, the oldest first."""
        found = [page.service for page in self._pages.values() if page.service.source_pk == source_pk]
        return sorted(found, key=lambda service: service.pk)

    def rules(self, pk: int) -> Rules:
        """How a service is judged."""
        page = self._pages.get(pk)
        return Rules() if page is None else page.rules

    def patience_seconds(self, pk: int) -> float:
        """After so long without a result nothing is known of a service."""
        page = self._pages.get(pk)
        return _PATIENCE_DEFAULT_SECONDS if page is None else page.patience_seconds

    def deadline_seconds(self, pk: int) -> float:
        """How long a check of a service may take."""
        page = self._pages.get(pk)
        return (
            page.config.deadline_seconds if page is not None and page.config is not None else _DEADLINE_DEFAULT_SECONDS
        )

    def dependents(self, pk: int) -> set[int]:
        """Who depends on a service: by a relation, or because it is one of the members."""
        service = self.get(pk)
        members = self._wholes.get(service.service_id, set()) if service is not None else set()
        return (self._relations.get(pk, set()) | members) & self._pages.keys()

    def kin(self, pk: int) -> set[int]:
        """The services that one is made of, and those that are made of it."""
        page = self._pages.get(pk)
        if page is None:
            return set()
        members = {self._pks[name] for name in page.member_ids if name in self._pks}
        return members | self._wholes.get(page.service.service_id, set())

    def _read(self, service: ServiceDefinition) -> Page:
        retry = domain_rules.retry_seconds(service.service_id, service.interval_seconds)
        try:
            kind = self._registry[service.kind]
            config = kind.parse(service.status_config)
            rules = Rules(
                config.failures_to_fail,
                config.successes_to_recover,
                config.starting_seconds,
                config.breaker_failures,
                config.breaker_seconds,
                retry,
                thresholds.parse(service.metric_config),
            )
            members, deadline = tuple(config.member_ids), config.deadline_seconds
        except Exception as err:  # noqa: BLE001 - a broken kind or definition tells of itself when it is checked
            if not isinstance(err, LightbulbError):
                logger.warning("a service's rules cannot be read", service=service.service_id, reason=repr(err))
            return Page(service, Rules(retry_seconds=retry), _patience(service, _DEADLINE_DEFAULT_SECONDS))
        is_observed = kind.config_model.is_observed
        return Page(service, rules, _patience(service, deadline), members, kind, config, is_observed)

    def _forget(self, pk: int) -> None:
        page = self._pages.pop(pk, None)
        if page is None:
            return
        if self._pks.get(page.service.service_id) == pk:
            del self._pks[page.service.service_id]
        for member in page.member_ids:
            self._wholes[member].discard(pk)


def _patience(service: ServiceDefinition, deadline_seconds: float) -> float:
    return SILENT_INTERVALS * service.interval_seconds + deadline_seconds


def import_kinds(registry: KindRegistry, names: Iterable[str]) -> None:
    """Import what the kinds need now, not while checks wait. One that cannot be imported shows when it is checked."""
    for name in names:
        try:
            kind = registry[name]
            _ = kind.config_model, kind.probe
        except Exception:
            logger.exception("a kind of check cannot be used", kind=name)
