"""Gives what sources tell to the rest of the engine, which judges and records it as it does all results."""

from collections.abc import Awaitable, Callable, Hashable, Iterable
from datetime import datetime

from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.rulebook import RuleBook
from monitor_app.engine.steward import Steward


class ObservedServices:
    """The services of sources in one term."""

    def __init__(self, rulebook: RuleBook, steward: Steward, follow: Callable[[], Awaitable[None]]) -> None:
        self._rulebook = rulebook
        self._steward = steward
        self._follow = follow

    def services_of(self, source_pk: int) -> list[ServiceDefinition]:
        """Those of a source."""
        return self._rulebook.of_source(source_pk)

    async def follow(self) -> None:
        """Take over what was changed in the service table. Raises DatabaseUnavailable."""
        await self._follow()

    def take(self, result: CheckResult) -> None:
        """A result: who it is of is not silent."""
        self._steward.silence.hear(result.service_pk)
        self._steward.evaluator.take(result)

    def know(self, service_pk: int, standing: Hashable) -> None:
        """What an earlier engine has kept of a service's checks."""
        self._steward.evaluator.details.know(service_pk, standing)

    def hear(self, service_pks: Iterable[int]) -> None:
        """These have no results, and why is told by somebody else."""
        for pk in service_pks:
            self._steward.silence.hear(pk)

    def silence(self, service_pk: int, at: datetime, why: str) -> None:
        """Nothing is known of a service from this moment on."""
        self._steward.evaluator.silence(service_pk, at, why)
