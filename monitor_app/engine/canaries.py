"""Whether the monitor itself has a network: before a service is called down, something else must have answered."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from monitor_app.engine.clock import Clock
from monitor_app.log import get_logger
from monitor_app.net.canary import Canary

ROUND_SECONDS = 10.0
APART_SECONDS = 1.0
# A canary that has been silent for longer than this proves nothing about failures that begin now.
LATELY_SECONDS = 300.0
# So long after the start a network that was never seen may still come: a machine that boots together with its router.
BLIND_SECONDS = 300.0
# A canary that has no answer by then has none. A round that takes longer was held up by this process.
BELT_SECONDS = 5.0
STALLED_SECONDS = 7.0

logger = get_logger(__name__)


class Canaries:
    """Asks all canaries in rounds: every ROUND_SECONDS, and soon when `ask` is called, at most once a second.

    A canary that never answered does not count: it may be out of reach for good. A round is good as soon as one
    answers. `on_round` is called when the verdict of a round is known, `on_change` with since when the network is away
    (None: it is back).
    """

    def __init__(
        self,
        canaries: Sequence[Canary],
        clock: Clock,
        on_change: Callable[[datetime | None], None] | None = None,
    ) -> None:
        self.on_round: Callable[[], None] = _nobody
        self.on_change: Callable[[datetime | None], None] = on_change or _nobody
        self.offline_since: datetime | None = None
        self._canaries = tuple(canaries)
        self._clock = clock
        # When each last answered, on the monotonic clock; those missing never did.
        self._answered: dict[Canary, float] = {}
        self._silent: set[Canary] = set()
        self._is_cut = False
        # Whose silence goes with the failure of most services at once.
        self._suspects: set[Canary] = set()
        # Most services fail, and there has been no canary yet that could tell why.
        self._is_lost = False
        self._blind_until = clock.monotonic() + BLIND_SECONDS
        self._good_round_began = float("-inf")
        self._asked = asyncio.Event()

    @property
    def is_counting(self) -> bool:
        """Whether any of them ever answered; if not, this knows nothing."""
        return bool(self._answered)

    @property
    def is_blind(self) -> bool:
        """Whether none answered yet, soon after the start: there may be no network, or none of them is in reach."""
        return bool(self._canaries) and not self._answered and self._clock.monotonic() < self._blind_until

    @property
    def is_offline(self) -> bool:
        """Whether failures prove nothing now."""
        return self.offline_since is not None

    def vouch_for(self, moment: float) -> bool:
        """Whether the network was there after a moment on the monotonic clock."""
        return not self.is_counting or self._good_round_began >= moment

    def ask(self) -> None:
        """There is a failure: somebody has to vouch for it."""
        self._asked.set()

    def most_fail(self, is_so: bool) -> None:
        """More than half of all services began to fail within a minute, or do not any more.

        With a canary that fell silent lately that is this machine's network, even when another still answers; and so
        it is soon after the start, when none ever answered.
        """
        self._is_lost = is_so and (self._is_lost or self.is_blind)
        if not is_so:
            self._suspects.clear()
        elif not self._suspects:
            self._suspects = {canary for canary in self._silent if self._is_lately(canary)}
        self._judge()

    def release(self) -> None:
        """Call nobody any more. Who failed together with what is forgotten: the next one sees for himself."""
        self._suspects.clear()
        self._is_lost = False
        self.on_round = _nobody
        self.on_change = _nobody

    async def run(self) -> None:
        """Ask for ever."""
        while True:
            began = self._clock.monotonic()
            self._asked.clear()
            await self._round(began)
            await asyncio.sleep(max(0.0, began + APART_SECONDS - self._clock.monotonic()))
            if not self.is_offline:
                await self._pause(began + ROUND_SECONDS - self._clock.monotonic())

    async def _round(self, began: float) -> None:
        silent: set[Canary] = set()
        for answer in asyncio.as_completed([_ask(canary) for canary in self._canaries]):
            canary, is_alive = await answer
            if not is_alive:
                silent.add(canary)
                continue
            self._answered[canary] = self._clock.monotonic()
            if self._good_round_began < began:
                self._good_round_began = began
                self._is_cut = False
                self._judge()
                self.on_round()
        self._silent = silent & self._answered.keys()
        self._suspects &= self._silent
        if self._good_round_began >= began:
            self._judge()
        elif self._clock.monotonic() - began > STALLED_SECONDS:
            # The answers may have come while this process stood still.
            self.ask()
        else:
            self._is_cut = self.is_counting
            self._judge()
            self.on_round()

    def _is_lately(self, canary: Canary) -> bool:
        return self._clock.monotonic() - self._answered[canary] <= LATELY_SECONDS

    def _judge(self) -> None:
        is_offline = self._is_cut or bool(self._suspects) or (self._is_lost and self.is_blind)
        if is_offline is self.is_offline:
            return
        self.offline_since = self._clock.now() if is_offline else None
        if is_offline:
            logger.error("the monitor has lost its network; failures are held as unknown", silent=self._names())
        else:
            logger.info("the monitor has its network again; failures count again")
        self.on_change(self.offline_since)

    def _names(self) -> list[str]:
        return sorted(canary.name for canary in self._suspects or self._answered or self._canaries)

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._asked.wait()
            except TimeoutError:
                return


def _nobody(*_: object) -> None:
    pass


async def _ask(canary: Canary) -> tuple[Canary, bool]:
    try:
        async with asyncio.timeout(BELT_SECONDS):
            return canary, await canary.is_alive()
    except TimeoutError:
        return canary, False
    except Exception:
        logger.exception("a canary is broken", canary=canary.name)
        return canary, False
