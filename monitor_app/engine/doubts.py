"""Holds failures back until it is certain that they are not the monitor's own."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from monitor_app.domain.result import MESSAGE_LIMIT, CheckResult
from monitor_app.domain.status import Status
from monitor_app.engine.canaries import Canaries
from monitor_app.engine.clock import Clock

# More than half of the services that begin to fail within this time are no coincidence.
TOGETHER_SECONDS = 60.0
# With fewer than this, half of all services are soon down.
TOGETHER_MIN = 3
OFFLINE_MESSAGE = "the monitor itself has no network: "
UNCERTAIN_MESSAGE = "not certain when the engine stopped: "


class Doubts:
    """Stands between the runner and the evaluation; `record` takes what is certain, in each service's order.

    The first failure of a service waits until a round of the canaries that began after it has an answer: milliseconds
    as a rule. When the network is away, failures become UNKNOWN.
    """

    def __init__(
        self,
        canaries: Canaries,
        clock: Clock,
        record: Callable[[CheckResult], None],
        count_services: Callable[[], int],
    ) -> None:
        self._canaries = canaries
        self._clock = clock
        self._record = record
        self._count_services = count_services
        # When the first failed result of the present failure came, on the monotonic clock.
        self._failing: dict[int, float] = {}
        # Those of `_failing` that began lately and when, oldest first.
        self._turned: dict[int, float] = {}
        self._most_began: set[int] = set()
        # All with a result, while no canary has answered yet.
        self._seen: set[int] = set()
        self._held: dict[int, list[CheckResult]] = {}
        self._settled = asyncio.Event()
        self._settled.set()
        canaries.on_round = self._release

    @property
    def held(self) -> int:
        """How many results wait for the canaries."""
        return sum(len(results) for results in self._held.values())

    def take(self, result: CheckResult) -> None:
        """Record a result, at once or when it is certain."""
        self._note(result)
        if result.service_pk in self._held:
            self._held[result.service_pk].append(result)
        elif self._is_doubtful(result):
            self._held[result.service_pk] = [result]
            self._settled.clear()
            self._canaries.ask()
        else:
            self._record(self._judged(result))

    def release(self, service_pk: int) -> None:
        """Record what is held of a service now: something that came later is to be recorded."""
        for result in self._held.pop(service_pk, ()):
            self._record(self._judged(result))

    async def settle(self, seconds: float) -> None:
        """Wait for the canaries so long at most, then record the rest as UNKNOWN: the engine stops."""
        if not self._held:
            return
        try:
            async with asyncio.timeout(seconds):
                await self._settled.wait()
        except TimeoutError:
            for pk in list(self._held):
                for result in self._held.pop(pk):
                    self._record(_unknown(result, UNCERTAIN_MESSAGE) if result.status is Status.FAILED else result)

    def forget(self, service_pks: list[int]) -> None:
        """These services are gone or have changed."""
        for pk in service_pks:
            self._failing.pop(pk, None)
            self._recover(pk)
            self._held.pop(pk, None)

    def _note(self, result: CheckResult) -> None:
        pk = result.service_pk
        if self._canaries.is_blind:
            self._seen.add(pk)
        elif self._seen:
            self._seen.clear()
        if result.status.is_up:
            self._failing.pop(pk, None)
            self._recover(pk)
        elif result.status is Status.FAILED and pk not in self._failing:
            self._begin(pk, self._clock.monotonic())

    def _begin(self, pk: int, now: float) -> None:
        self._failing[pk] = now
        self._turned.pop(pk, None)
        self._turned[pk] = now
        while self._turned[oldest := next(iter(self._turned))] < now - TOGETHER_SECONDS:
            del self._turned[oldest]
        if self._are_most(len(self._turned)):
            # Those before were taken over when they became the most: not all of them again with each further one.
            self._most_began.update([pk] if self._most_began else self._turned)
            self._canaries.most_fail(True)

    def _recover(self, pk: int) -> None:
        self._turned.pop(pk, None)
        if not self._most_began:
            return
        self._most_began.discard(pk)
        if not self._are_most(len(self._most_began)):
            self._most_began.clear()
            self._canaries.most_fail(False)

    def _are_most(self, count: int) -> bool:
        # Before any canary answered, the services that have been checked are all that is known of the network.
        return count >= TOGETHER_MIN and count * 2 > (len(self._seen) or self._count_services())

    def _is_doubtful(self, result: CheckResult) -> bool:
        if result.status is not Status.FAILED or self._canaries.is_offline:
            return False
        return not self._canaries.vouch_for(self._failing[result.service_pk])

    def _judged(self, result: CheckResult) -> CheckResult:
        if result.status is not Status.FAILED or not self._canaries.is_offline:
            return result
        # It proves nothing, so the failure begins anew when the network is back.
        self._failing.pop(result.service_pk, None)
        return _unknown(result, OFFLINE_MESSAGE)

    def _release(self) -> None:
        """A round is over: what it answers is certain now, the rest waits for the next one."""
        for pk in list(self._held):
            # A service that was good again meanwhile has nothing that is doubted any more.
            began = self._failing.get(pk)
            if began is not None and not self._canaries.is_offline and not self._canaries.vouch_for(began):
                self._canaries.ask()
                continue
            self.release(pk)
        if not self._held:
            self._settled.set()


def _unknown(result: CheckResult, why: str) -> CheckResult:
    message = (why + result.message)[:MESSAGE_LIMIT]
    return replace(result, status=Status.UNKNOWN, message=message, response_ms=None)
