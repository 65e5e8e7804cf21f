"""What alerting needs of the parts around it: the engine, those who decide whom to tell, those who watch metrics."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.news import IncidentNews
from monitor_app.domain.alerting.rule import AlertRule
from monitor_app.domain.changes import Batch
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.state import ServiceState
from monitor_app.net import Network
from monitor_app.storage.database import Database
from monitor_app.storage.history import Epoch


class Clock(Protocol):
    """`monotonic` is for distances, `now` for what is written down: aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds that only grow."""
        ...

    def now(self) -> datetime:
        """The present moment."""
        ...


class Desk(Protocol):
    """The engine of one term (engine/companion.py)."""

    @property
    def epoch(self) -> Epoch:
        """That each transaction checks."""
        ...

    @property
    def database(self) -> Database:
        """The one that it writes to."""
        ...

    @property
    def network(self) -> Network:
        """Every connection that goes out."""
        ...

    @property
    def clock(self) -> Clock:
        """What time it is."""
        ...

    @property
    def offline_since(self) -> datetime | None:
        """Since when the monitor itself has no network."""
        ...

    @property
    def stopped(self) -> str:
        """Why no check is started at present, by the will of a person; "" while checks are."""
        ...

    @property
    def dependencies(self) -> Mapping[int, Sequence[int]]:
        """What each service depends on directly; another object when that has changed."""
        ...

    @property
    def ring(self) -> Callable[..., Any]:
        """Tells those who wait for the database to change."""
        ...

    def services(self) -> Iterator[ServiceDefinition]:
        """All that are not deleted."""
        ...

    def service(self, pk: int) -> ServiceDefinition | None:
        """One of them."""
        ...

    def state(self, pk: int) -> ServiceState | None:
        """What is true of a service now."""
        ...

    def deadline_seconds(self, pk: int) -> float:
        """How long a check of it may take."""
        ...

    def patience_seconds(self, pk: int) -> float:
        """After so long without a result nothing is known of it."""
        ...

    def kin(self, pk: int) -> Collection[int]:
        """The services that it is made of, and those that are made of it."""
        ...

    def check_now(self, pk: int) -> None:
        """Check a service at once."""
        ...

    def trouble(self) -> str:
        """Why the monitor is late; "" while it is not."""
        ...


class Telling(Protocol):
    """Decides who is told what and when, in the transaction that is handed in."""

    @property
    def next_due(self) -> datetime | None:
        """When `due` has something to do next."""
        ...

    async def tell(
        self, conn: AsyncConnection, now: datetime, news: Sequence[IncidentNews], *, is_part: bool = False
    ) -> None:
        """Something happened, in this order. Of a part it is only noted whom to tell: the rest comes at once."""
        ...

    async def due(self, conn: AsyncConnection, now: datetime) -> None:
        """Do what it is time for."""
        ...

    async def merged(self, conn: AsyncConnection, now: datetime, from_pk: int, into_pk: int) -> None:
        """Somebody said that one incident is one with another one."""
        ...

    async def split(self, conn: AsyncConnection, now: datetime, from_pk: int, into_pk: int) -> None:
        """Somebody said that some alerts of an incident are one of their own."""
        ...


class Dispatching(Protocol):
    """Sends what is to be sent."""

    def wake(self) -> None:
        """There may be something new."""
        ...

    async def run(self) -> None:
        """For ever. Begun anew after an error."""
        ...

    def move(self, by: timedelta) -> None:
        """The wall clock was set by so much: what is remembered by it is another moment now."""
        ...


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether what a rule waits for is there; None: nothing is known, so everything stays as it is."""

    rule_pk: int
    service_pk: int
    holds: bool | None
    since: datetime
    cause: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


class Watching(Protocol):
    """Judges all rules but those on a plain status."""

    async def follow(self, rules: Sequence[AlertRule]) -> None:
        """These are the rules now, disabled ones left out; those that are new or changed are judged anew."""
        ...

    def take(self, batch: Batch) -> None:
        """What was found out. Returns at once."""
        ...

    def forget(self, service_pks: Collection[int]) -> None:
        """Nobody watches these now: when somebody does again, they are judged by what is found out then."""
        ...

    def look(self, now: datetime) -> Iterable[Verdict]:
        """What has changed since the last look."""
        ...

    def move(self, by: timedelta) -> None:
        """The wall clock was set by so much: what is remembered was as long ago as before."""
        ...


class NobodyTells:
    """Where nobody is to be told of anything."""

    next_due: datetime | None = None

    async def tell(
        self, conn: AsyncConnection, now: datetime, news: Sequence[IncidentNews], *, is_part: bool = False
    ) -> None:
        """See Telling."""

    async def due(self, conn: AsyncConnection, now: datetime) -> None:
        """See Telling."""

    async def merged(self, conn: AsyncConnection, now: datetime, from_pk: int, into_pk: int) -> None:
        """See Telling."""

    async def split(self, conn: AsyncConnection, now: datetime, from_pk: int, into_pk: int) -> None:
        """See Telling."""


Job = Callable[[], Awaitable[None]]
