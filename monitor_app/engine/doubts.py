"""Holds failures back until it is certain that they are not the monitor's own."""

from collections import deque
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
        # Those of `_failing` that began lately, oldest first.
        self._turned: deque[tuple[float, int]] = deque()
        self._most_began: set[int] = set()
        self._held: dict[int, list[CheckResult]] = {}
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
            self._canaries.ask()
        else:
            self._record(self._judged(result))

    def forget(self, service_pks: list[int]) -> None:
        """These services are gone or have changed."""
        for pk in service_pks:
            self._failing.pop(pk, None)
            self._recover(pk)
            self._held.pop(pk, None)

    def _note(self, result: CheckResult) -> None:
        pk, now = result.service_pk, self._clock.monotonic()
        if result.status.is_up:
            self._failing.pop(pk, None)
            self._recover(pk)
        if result.status is not Status.FAILED or pk in self._failing:
            return
        self._failing[pk] = now
        self._turned.append((now, pk))
        while self._turned[0][0] < now - TOGETHER_SECONDS:
            self._turned.popleft()
        together = {turned for _, turned in self._turned if turned in self._failing}
        if self._are_most(together):
            self._most_began |= together
            self._canaries.most_fail(True)

    def _recover(self, pk: int) -> None:
        if pk in self._most_began:
            self._most_began.discard(pk)
            if not self._are_most(self._most_began):
                self._most_began.clear()
                self._canaries.most_fail(False)

    def _are_most(self, pks: set[int]) -> bool:
        return len(pks) >= TOGETHER_MIN and len(pks) * 2 > self._count_services()

    def _is_doubtful(self, result: CheckResult) -> bool:
        if result.status is not Status.FAILED or self._canaries.is_offline:
            return False
        return not self._canaries.vouch_for(self._failing[result.service_pk])

    def _judged(self, result: CheckResult) -> CheckResult:
        if result.status is not Status.FAILED or not self._canaries.is_offline:
            return result
        # It proves nothing, so the failure begins anew when the network is back.
        self._failing.pop(result.service_pk, None)
        message = (OFFLINE_MESSAGE + result.message)[:MESSAGE_LIMIT]
        return replace(result, status=Status.UNKNOWN, message=message, response_ms=None)

    def _release(self) -> None:
        """A round is over: what it answers is certain now, the rest waits for the next one."""
        for pk in list(self._held):
            # A service that was good again meanwhile has nothing that is doubted any more.
            began = self._failing.get(pk)
            if began is not None and not self._canaries.is_offline and not self._canaries.vouch_for(began):
                self._canaries.ask()
                continue
            for result in self._held.pop(pk):
                self._record(self._judged(result))
