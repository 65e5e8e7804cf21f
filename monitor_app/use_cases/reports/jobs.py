"""Reports in the background: each tells how far it is, can be cancelled, and leaves files for an hour."""

import asyncio
import json
import secrets
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

from monitor_app import log
from monitor_app.errors import Conflict, DatabaseUnavailable, InvalidInput, NotFound, PermissionDenied, TooMany
from monitor_app.security.permissions import MONITOR_READ, Identity
from monitor_app.storage.database import Database
from monitor_app.use_cases.reports.content import SERVICES_LIMIT, Report, Wanted, make_report
from monitor_app.use_cases.reports.written import as_json, downtimes_csv, services_csv
from monitor_app.use_cases.selection import Present
from monitor_app.use_cases.services import Clock

# So many of one person, and of all, wait or run at a time; two of all run.
PER_PERSON: Final = 3
IN_ALL: Final = 20
RUNNING: Final = 2
# So many that are done are kept of one person; the oldest go first.
DONE_KEPT: Final = 10
KEPT_SECONDS: Final = 3600.0

State = Literal["waiting", "running", "done", "failed", "cancelled"]
OPEN: Final = ("waiting", "running")
FILES: Final = ("report.json", "services.csv", "downtimes.csv", "report.pdf")
# How much of the work the figures are; the rest is writing files.
_FIGURES_SHARE: Final = 0.9

logger = log.get_logger(__name__)


class Stopped(Exception):
    """Nobody wants the report any more."""


@dataclass(slots=True)
class Job:
    """A report that somebody ordered. `progress` goes from 0 to 1, `doing` says what is being done."""

    number: str
    owner: int | None
    wanted: Wanted
    services: int
    made_at: datetime
    gone_at: datetime
    state: State = "waiting"
    progress: float = 0.0
    doing: str = "waits for others"
    error: str = ""
    task: "asyncio.Task[None] | None" = field(default=None, repr=False)
    is_stopped: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in OPEN

    def go_on(self) -> None:
        """Raises Stopped when it was cancelled; from any thread."""
        if self.is_stopped:
            raise Stopped


class ReportJobs:
    """For everybody with an account; each sees their own."""

    def __init__(self, database: Database, clock: Clock, present: Present, kept_seconds: float = KEPT_SECONDS) -> None:
        self._database = database
        self._clock = clock
        self._present = present
        self._kept_seconds = kept_seconds
        self._jobs: dict[str, Job] = {}
        self._seats = asyncio.Semaphore(RUNNING)
        self._folder: Path | None = None
        self._timers: dict[str, asyncio.TimerHandle] = {}

    async def start(self, identity: Identity, wanted: Wanted) -> Job:
        """Order one. Raises InvalidInput, NotFound for an unknown service, TooMany when too many are under way."""
        identity.require(MONITOR_READ)
        if identity.account_pk is None:
            raise PermissionDenied("reports belong to somebody: log in, or use a key of a person")
        checked = wanted.checked()
        services = self._present.chosen(checked.selection)
        if not services:
            raise InvalidInput({"selection": "must hold at least one service"})
        if len(services) > SERVICES_LIMIT:
            raise InvalidInput({"selection": f"must hold at most {SERVICES_LIMIT} services, got {len(services)}"})
        waiting = [job for job in self._jobs.values() if job.is_open]
        if len(waiting) >= IN_ALL or sum(job.owner == identity.account_pk for job in waiting) >= PER_PERSON:
            raise TooMany(f"too many reports are under way: at most {PER_PERSON} of one person, {IN_ALL} of all")
        self._forget_oldest(identity.account_pk)
        now = self._clock.now()
        gone_at = now + timedelta(seconds=self._kept_seconds)
        job = Job(secrets.token_urlsafe(12), identity.account_pk, checked, len(services), now, gone_at)
        self._jobs[job.number] = job
        loop = asyncio.get_running_loop()
        self._timers[job.number] = loop.call_later(self._kept_seconds, self._forget, job.number)

        async def make() -> Report:
            def told(done: int) -> None:
                job.doing, job.progress = f"{done} of {len(services)} services", _FIGURES_SHARE * done / len(services)

            return await make_report(self._database, services, checked, identity.name, now, told)

        job.task = asyncio.create_task(self._run(job, make), name=f"report {job.number}")
        return job

    def list_own(self, identity: Identity) -> list[Job]:
        """One's own, the newest first."""
        identity.require(MONITOR_READ)
        return [job for job in reversed(self._jobs.values()) if job.owner == identity.account_pk]

    def get(self, identity: Identity, number: str) -> Job:
        """One of one's own. Raises NotFound."""
        identity.require(MONITOR_READ)
        job = self._jobs.get(number)
        if job is None or job.owner != identity.account_pk:
            raise NotFound("there is no such report any more: they are kept for an hour")
        return job

    def remove(self, identity: Identity, number: str) -> None:
        """Cancel one that is under way, which then says so; take another one away. Raises NotFound."""
        job = self.get(identity, number)
        if job.is_open:
            self._cancel(job)
        else:
            self._forget(job.number)

    async def read(self, identity: Identity, number: str, name: str) -> bytes:
        """A file of FILES. Raises NotFound, Conflict while the report is not done."""
        job = self.get(identity, number)
        if name not in FILES:
            raise NotFound(f"a report has {', '.join(FILES)}")
        if job.state != "done":
            raise Conflict({"report": f"is not there: it is {job.state}{f' ({job.error})' if job.error else ''}"})
        try:
            return await asyncio.to_thread((self._folder_of(job) / name).read_bytes)
        except FileNotFoundError as err:  # somebody cleared the temporary folder
            raise NotFound("the files of this report are gone: make it again") from err

    async def content(self, identity: Identity, number: str) -> dict[str, Any]:
        """What report.json says. Raises as `read` does."""
        text = await self.read(identity, number, FILES[0])
        told: dict[str, Any] = await asyncio.to_thread(json.loads, text)
        return told

    async def close(self) -> None:
        """Stop all of them and take their files away."""
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        for number in list(self._jobs):
            self._forget(number)
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)

    async def _run(self, job: Job, make: Callable[[], Awaitable[Report]]) -> None:
        try:
            async with self._seats:
                job.state = "running"
                report = await make()
                job.doing = "writes the files"
                writing = asyncio.ensure_future(asyncio.to_thread(_write, report, self._folder_of(job), job))
                writing.add_done_callback(partial(self._clear_stopped, job))
                await asyncio.shield(writing)
            job.state, job.progress, job.doing = "done", 1.0, ""
        except Stopped:
            logger.debug("a report was cancelled")
            job.state, job.doing = "cancelled", ""
        except DatabaseUnavailable as err:
            job.state, job.doing, job.error = "failed", "", f"the database cannot be read: {err}"
        except Exception:
            logger.exception("a report could not be made")
            job.state, job.doing, job.error = "failed", "", "something went wrong; the log of the program says more"

    def _clear_stopped(self, job: Job, writing: "asyncio.Future[None]") -> None:
        """A thread writes on for a moment when its report was cancelled."""
        if job.is_stopped and self._folder is not None:
            writing.exception()  # nobody waits for it any more
            shutil.rmtree(self._folder / job.number, ignore_errors=True)

    def _cancel(self, job: Job) -> None:
        """The work stops soon; whether or not its task had its turn before."""
        job.is_stopped, job.state, job.doing = True, "cancelled", ""
        if job.task is not None:
            job.task.cancel()

    def _forget(self, number: str) -> None:
        job = self._jobs.pop(number, None)
        if timer := self._timers.pop(number, None):
            timer.cancel()
        if job is None:
            return
        job.is_stopped = True
        if job.task is not None and not job.task.done():
            job.task.cancel()
        elif self._folder is not None:
            shutil.rmtree(self._folder / number, ignore_errors=True)

    def _forget_oldest(self, owner: int | None) -> None:
        own = [job for job in self._jobs.values() if job.owner == owner and not job.is_open]
        for job in own[: max(0, len(own) - DONE_KEPT + 1)]:
            self._forget(job.number)

    def _folder_of(self, job: Job) -> Path:
        if self._folder is None:  # nobody else may look into it
            self._folder = Path(tempfile.mkdtemp(prefix="lightbulb-reports-"))
        return self._folder / job.number


def _write(report: Report, folder: Path, job: Job) -> None:
    """All files; runs in a thread, which goes on when its task is cancelled, and ends by itself soon."""
    folder.mkdir(mode=0o700)
    try:
        for name in FILES:
            job.go_on()
            (folder / name).write_bytes(_content(name, report, job))
        job.go_on()
    except Stopped:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _content(name: str, report: Report, job: Job) -> bytes:
    match name:
        case "report.json":
            return as_json(report).encode()
        case "services.csv":
            return services_csv(report).encode()
        case "downtimes.csv":
            return downtimes_csv(report).encode()
        case _:
            from monitor_app.use_cases.reports.pdf import as_pdf  # its fonts and pictures take long to load

            return as_pdf(report, job.go_on)
