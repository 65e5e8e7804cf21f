"""What the demo's own job reports of itself, so that a service that is told instead of asked can be seen at work."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import LightbulbError
from monitor_app.log import get_logger
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.heartbeats import Report

REPORT_SECONDS = 20.0
# Each so-many-th report is one of failure.
FAILURE_EACH = 8
RUN_MS = 340.0

logger = get_logger(__name__)


class DemoReports:
    """Reports for the demo services that reports are awaited of, over and over.

    `find` gives the demo's services, `report` takes a token and what is reported with it.
    """

    def __init__(
        self,
        find: Callable[[], Awaitable[Iterable[ServiceDefinition]]],
        report: Callable[[str, Report], Awaitable[None]],
        registry: KindRegistry,
    ) -> None:
        self._find = find
        self._report = report
        self._registry = registry

    async def run(self) -> None:
        """Until it is cancelled."""
        number = 0
        while True:
            number += 1
            try:
                await self.once(number)
            except LightbulbError as err:
                logger.warning("the demo could not report", reason=str(err))
            await asyncio.sleep(REPORT_SECONDS)

    async def once(self, number: int) -> None:
        """The report with this number. Raises NotFound, Busy, DatabaseUnavailable."""
        for service in await self._find():
            kind = self._registry[service.kind]
            if kind.is_told:
                token = kind.parse(service.status_config).heartbeat_token
                await self._report(token, report_of(number))


def report_of(number: int) -> Report:
    """Most are good."""
    if number % FAILURE_EACH == 0:
        return Report("fail", message="3 of 120 articles could not be exported")
    return Report("success", message=f"{100 + number % 50} articles exported", ping_ms=RUN_MS + number % 7 * 20)
