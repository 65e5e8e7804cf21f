"""Notices services that are checked but have no results: nobody would ever hear of them."""

from collections.abc import Iterable

from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.clock import Clock
from monitor_app.log import get_logger
from monitor_app.plugins.protocols import CheckConfig

INTERVALS_LIMIT = 3
# A log line names so many services at most.
NAMED_LIMIT = 10

_DEADLINE_DEFAULT_SECONDS: float = CheckConfig.model_fields["deadline_seconds"].default

logger = get_logger(__name__)


class Silence:
    """When each service was last heard of. Whoever is silent for too long is logged once, and once when it is back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard: dict[int, float] = {}
        self._silent: set[int] = set()

    def hear(self, service_pk: int) -> None:
        """There is a result."""
        self._heard[service_pk] = self._clock.monotonic()

    def expect(self, service_pks: Iterable[int]) -> None:
        """These were added or changed: they have their time from now on."""
        for pk in service_pks:
            self.hear(pk)
            self._silent.discard(pk)

    def look(self, services: Iterable[ServiceDefinition]) -> None:
        """Tell who became silent and who is back, of these: all that are checked. The rest is forgotten."""
        now = self._clock.monotonic()
        expected = {service.pk: service for service in services}
        self._heard = {pk: self._heard.get(pk, now) for pk in expected}
        silent = {pk for pk, service in expected.items() if now - self._heard[pk] > _patience_seconds(service)}
        new, back = silent - self._silent, (self._silent - silent) & expected.keys()
        self._silent = silent
        if new:
            logger.warning("services have had no result for long", **_named(new, expected))
        if back:
            logger.info("services have results again", **_named(back, expected))


def _patience_seconds(service: ServiceDefinition) -> float:
    deadline = service.status_config.get("deadline_seconds")
    seconds = deadline if isinstance(deadline, int | float) else _DEADLINE_DEFAULT_SECONDS
    return INTERVALS_LIMIT * service.interval_seconds + seconds


def _named(pks: Iterable[int], services: dict[int, ServiceDefinition]) -> dict[str, object]:
    names = sorted(services[pk].service_id for pk in pks)
    return {"count": len(names), "services": names[:NAMED_LIMIT]}
