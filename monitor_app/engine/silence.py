"""Notices services that are checked but have no results: nobody would ever hear of them."""

from collections.abc import Callable, Iterable, Mapping

from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.clock import Clock
from monitor_app.log import get_logger

# A log line names so many services at most.
NAMED_LIMIT = 10
# Looked at every few seconds. A look that comes much later means that the process stood still: results of checks that
# ran meanwhile may lie ready, so only who was silent for longer than they can take is believed to be.
LATE_LOOK_SECONDS = 7.0
DOUBT_SECONDS = 10.0

logger = get_logger(__name__)


class Silence:
    """When each service was last heard of. Whoever is silent for too long is logged once, and once when it is back.

    `patience_seconds` tells by its pk how long a service may be silent.
    """

    def __init__(self, clock: Clock, patience_seconds: Callable[[int], float]) -> None:
        self._clock = clock
        self._patience_seconds = patience_seconds
        self._heard: dict[int, float] = {}
        self._silent: set[int] = set()
        self._looked_at = clock.monotonic()

    def hear(self, service_pk: int) -> None:
        """There is a result."""
        self._heard[service_pk] = self._clock.monotonic()

    def expect(self, service_pks: Iterable[int]) -> None:
        """These were added or changed: they have their time from now on."""
        for pk in service_pks:
            self.hear(pk)
            self._silent.discard(pk)

    def look(self, services: Iterable[ServiceDefinition]) -> Mapping[int, float]:
        """Tell who became silent and who is back, of these: all that are checked. The rest is forgotten.

        Returns how many seconds ago each of those that became silent had been so for too long.
        """
        now = self._clock.monotonic()
        expected = {service.pk: service for service in services}
        self._heard = {pk: self._heard.get(pk, now) for pk in expected}
        over = {pk: now - self._heard[pk] - self._patience_seconds(pk) for pk in expected}
        doubt_seconds = DOUBT_SECONDS if now - self._looked_at > LATE_LOOK_SECONDS else 0.0
        self._looked_at = now
        silent = {pk for pk, seconds in over.items() if seconds > (0.0 if pk in self._silent else doubt_seconds)}
        new, back = silent - self._silent, (self._silent - silent) & expected.keys()
        self._silent = silent
        if new:
            logger.warning("services have had no result for long", **_named(new, expected))
        if back:
            logger.info("services have results again", **_named(back, expected))
        return {pk: over[pk] for pk in new}


def _named(pks: Iterable[int], services: dict[int, ServiceDefinition]) -> dict[str, object]:
    names = sorted(services[pk].service_id for pk in pks)
    return {"count": len(names), "services": names[:NAMED_LIMIT]}
