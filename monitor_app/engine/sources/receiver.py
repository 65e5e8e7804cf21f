"""What the rest of the engine is to a source: whom it tells of, and who takes what it tells."""

from collections.abc import Hashable, Iterable
from datetime import datetime
from typing import Protocol

from monitor_app.domain.result import CheckResult
from monitor_app.domain.service import ServiceDefinition


class Engine(Protocol):
    """What polls give their results to."""

    def services_of(self, source_pk: int) -> list[ServiceDefinition]:
        """Those of a source, as the engine knows them."""
        ...

    async def follow(self) -> None:
        """Take over what was changed in the service table. Raises DatabaseUnavailable."""
        ...

    def take(self, result: CheckResult) -> None:
        """A result, to be judged and recorded as any other."""
        ...

    def know(self, service_pk: int, standing: Hashable) -> None:
        """What an earlier engine has kept of a service's checks."""
        ...

    def hear(self, service_pks: Iterable[int]) -> None:
        """That there is no result is known, and dealt with here."""
        ...

    def silence(self, service_pk: int, at: datetime, why: str) -> None:
        """Nothing is known of a service from this moment on."""
        ...
