"""The seam for what goes along with a term: it is told of each batch that was committed, and may ask the engine."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol

from monitor_app.domain.changes import Batch
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.engine.canaries import Canaries
from monitor_app.engine.clock import Clock
from monitor_app.engine.dead_mans_switch import Work, trouble
from monitor_app.engine.rulebook import RuleBook
from monitor_app.engine.steward import Steward
from monitor_app.log import get_logger
from monitor_app.net import Network
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch

# The work of so many seconds is judged at a time.
TROUBLE_SECONDS: Final = 60.0

Job = Callable[[], Awaitable[None]]
logger = get_logger(__name__)


class Companion(Protocol):
    """Lives as long as a term. `committed` and `changed` are called in the middle of the engine's work: they return
    at once, and what takes longer is done by the jobs.
    """

    def committed(self, batch: Batch) -> None:
        """A batch is in the database; batches come in their order."""
        ...

    def changed(self, service_pks: Collection[int]) -> None:
        """The definitions of services changed, or they are gone."""
        ...

    def begin_anew(self) -> None:
        """What was told may be missing: only the database is to be believed."""
        ...

    def jobs(self) -> Mapping[str, Job]:
        """What goes on for ever, by its name; begun anew after an error. They raise LeadershipLost."""
        ...


class EngineDesk:
    """What a companion may ask, and what it may do."""

    def __init__(
        self,
        *,
        epoch: Epoch,
        database: Database,
        network: Network,
        clock: Clock,
        canaries: Canaries,
        rulebook: RuleBook,
        steward: Steward,
        work: Callable[[], Work],
        ring: Callable[..., None],
        stopped: Callable[[], str] = lambda: "",
    ) -> None:
        self.epoch = epoch
        self.database = database
        self.network = network
        self.clock = clock
        # Tells those who wait for the database to change: an event, and what is to be known of it.
        self.ring: Callable[..., Any] = ring
        self._canaries = canaries
        self._rulebook = rulebook
        self._steward = steward
        self._work = work
        self._stopped = stopped
        self._before: tuple[float, Work] | None = None
        self._trouble = ""

    @property
    def offline_since(self) -> datetime | None:
        """Since when the monitor itself has no network; None while it has one."""
        return self._canaries.offline_since

    @property
    def stopped(self) -> str:
        """Why no check is started at present, by the will of a person; "" while checks are."""
        return self._stopped()

    @property
    def dependencies(self) -> Mapping[int, Sequence[int]]:
        """What each service depends on directly; another object when that has changed."""
        return self._rulebook.dependencies

    def services(self) -> Iterator[ServiceDefinition]:
        """All that are not deleted."""
        return iter(self._rulebook)

    def service(self, pk: int) -> ServiceDefinition | None:
        """One of them."""
        return self._rulebook.get(pk)

    def state(self, pk: int) -> ServiceState | None:
        """What is true of a service now, a moment before it is written."""
        return self._steward.evaluator.state(pk)

    def deadline_seconds(self, pk: int) -> float:
        """How long a check of it may take."""
        return self._rulebook.deadline_seconds(pk)

    def patience_seconds(self, pk: int) -> float:
        """After so long without a result nothing is known of it."""
        return self._rulebook.patience_seconds(pk)

    def kin(self, pk: int) -> Collection[int]:
        """The services that it is made of, and those that are made of it."""
        return self._rulebook.kin(pk)

    def check_now(self, pk: int) -> None:
        """Check a service at once, unless a person holds its circuit breaker open."""
        self._steward.check_now(pk, in_full=False)

    def trouble(self) -> str:
        """Why the checks of the last minute are not those of a monitor that is well; "" when they are."""
        now = self.clock.monotonic()
        if self.stopped:
            # Nothing is late that is not to be done.
            self._before, self._trouble = None, ""
        elif self._before is None:
            self._before = (now, self._work())
        elif (seconds := now - self._before[0]) >= TROUBLE_SECONDS:
            work = self._work()
            self._trouble = trouble(self._before[1], work, seconds)
            self._before = (now, work)
        return self._trouble


Accompany = Callable[[EngineDesk], Companion]


class Company:
    """The companion of a term, or nobody. Whatever goes wrong in it is logged once and harms nobody else."""

    def __init__(self, companion: Companion | None) -> None:
        self._companion = companion
        self._is_logged = False

    @classmethod
    def of(cls, accompany: Accompany | None, desk: EngineDesk) -> "Company":
        """The companion that `accompany` makes; nobody when it cannot."""
        try:
            return cls(None if accompany is None else accompany(desk))
        except Exception:
            logger.exception("what goes along with the engine cannot begin")
            return cls(None)

    @property
    def jobs(self) -> Mapping[str, Job]:
        """See Companion."""
        return {} if self._companion is None else self._companion.jobs()

    def committed(self, batch: Batch) -> None:
        """See Companion."""
        if self._companion is not None:
            self._tell(self._companion.committed, batch)

    def changed(self, service_pks: Collection[int]) -> None:
        """See Companion."""
        if self._companion is not None:
            self._tell(self._companion.changed, service_pks)

    def _tell(self, what: Callable[[Any], None], told: Any) -> None:
        assert self._companion is not None
        try:
            what(told)
        except Exception:
            if not self._is_logged:
                self._is_logged = True
                logger.exception("what goes along with the engine has failed; it begins anew")
            self._companion.begin_anew()
