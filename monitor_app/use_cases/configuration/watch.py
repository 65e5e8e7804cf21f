"""Watches a directory of configuration files and applies all of them whenever one has changed.

It looks every two seconds, because notifications of the kernel do not reach everywhere: not network file systems, not
what Kubernetes mounts. What has changed is read once it has stayed the same from one look to the next, so nobody's half
of a file is. Several processes may watch the same files: whoever comes second finds nothing to change.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from monitor_app import log
from monitor_app.errors import InvalidInput, LightbulbError
from monitor_app.security.permissions import ADMIN, Identity
from monitor_app.settings import Settings
from monitor_app.use_cases.configuration.apply import ConfigurationUseCases
from monitor_app.use_cases.configuration.document import Document
from monitor_app.use_cases.configuration.drafting import Options
from monitor_app.use_cases.configuration.files import (
    ConfigFile,
    Stamps,
    find_files,
    folder_name,
    read_files,
    stamps,
    substitution_for,
)
from monitor_app.use_cases.configuration.plan import Plan
from monitor_app.use_cases.services import Clock

LOOK_SECONDS: Final = 2.0
# What could not be applied may be possible later without any change of the files: a name is free again.
RETRY_SECONDS: Final = 30.0
REASON_LIMIT: Final = 4000
WATCHER: Final = Identity.of_role("configuration directory", ADMIN, via="program")

logger = log.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WatchStatus:
    """How it goes: which files there are, when they were last applied, and what is wrong now ("" when nothing is)."""

    directory: str
    environment: str
    files: tuple[str, ...] = ()
    applied_at: datetime | None = None
    result: str = ""
    error: str = ""


class ConfigWatch:
    """Applies what is in CONFIG_DIR, with the overlays of CONFIG_ENV. `start` it, and `close` it."""

    def __init__(self, settings: Settings, directory: Path, configuration: ConfigurationUseCases, clock: Clock) -> None:
        self._settings = settings
        self._directory = directory
        self._configuration = configuration
        self._clock = clock
        self._status = WatchStatus(str(directory), settings.config_env)
        # Secret files that values came out of last: when one changes, all is applied again.
        self._used: list[Path] = []
        self._seen: Stamps = ()
        self._done: Stamps | None = None
        self._looks_to_retry = 0
        self._task: asyncio.Task[None] | None = None

    def status(self) -> WatchStatus:
        """As of the last look."""
        return self._status

    def start(self) -> None:
        """Look every two seconds from now on."""
        self._task = asyncio.create_task(self._watch(), name="configuration directory")

    async def close(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """One look: apply the files if they have changed, and are the same as at the look before."""
        try:
            await self._look()
        except Exception as err:  # whatever happens, it is told, and what is mended later shall be applied
            reason = f"{type(err).__name__}; the log tells more"
            if reason != self._status.error:
                logger.exception("the configuration directory cannot be looked at")
            self._fail(reason)

    async def _look(self) -> None:
        try:
            files = await asyncio.to_thread(find_files, self._directory, self._settings.config_env)
        except InvalidInput as err:
            self._seen, self._done = (), None
            self._fail(str(err))
            return
        seen = await asyncio.to_thread(stamps, [*_paths(files), *self._used])
        is_steady, self._seen = seen == self._seen, seen
        if not files:
            # A mount that is not there yet looks the same: nobody wants to lose everything by that.
            self._done = None
            self._fail(f"{self._directory} holds no configuration files: nothing is changed")
        elif is_steady and self._is_due(seen):
            await self._apply(files)

    def _is_due(self, seen: Stamps) -> bool:
        if seen != self._done:
            return True
        self._looks_to_retry -= 1
        return bool(self._status.error) and self._looks_to_retry <= 0

    async def _apply(self, files: Sequence[ConfigFile]) -> None:
        reading = await asyncio.to_thread(self._read, files)
        if not reading.is_whole:
            return
        self._seen = self._done = reading.stamps
        self._looks_to_retry = round(RETRY_SECONDS / LOOK_SECONDS)
        self._status = replace(self._status, files=tuple(file.name for file in files))
        options = Options(
            prune=self._settings.config_prune,
            folders=frozenset({folder_name(self._directory)}),
            is_careful=True,
        )
        try:
            if reading.refusal is not None:
                raise reading.refusal
            identity = replace(WATCHER, correlation_id=log.correlation_id.get())
            self._succeed(await self._configuration.apply(identity, reading.documents, options))
        except LightbulbError as err:
            self._fail(str(err))

    def _read(self, files: Sequence[ConfigFile]) -> "_Reading":
        paths, substitution = _paths(files), substitution_for(self._settings, self._directory)
        before = stamps(paths)
        documents: list[Document] = []
        refusal: LightbulbError | None = None
        try:
            documents = read_files(files, substitution)
        except LightbulbError as err:
            refusal = err
        self._used = substitution.used_files
        after = stamps([*paths, *self._used])
        return _Reading(documents, refusal, after, is_whole=after[: len(paths)] == before)

    def _succeed(self, plan: Plan) -> None:
        result = plan.summary(is_done=True)
        if plan.warning and plan.warning != self._status.error:
            logger.warning("nothing is removed by the configuration directory", reason=plan.warning)
        if plan.changes or (self._status.error and not plan.warning):
            logger.info("the configuration directory is applied", directory=str(self._directory), result=result)
        self._status = replace(self._status, applied_at=self._clock.now(), result=result, error=plan.warning)

    def _fail(self, reason: str) -> None:
        reason = reason if len(reason) <= REASON_LIMIT else f"{reason[:REASON_LIMIT]}…"
        if reason != self._status.error:
            logger.error("the configuration directory is not applied", directory=str(self._directory), reason=reason)
        self._status = replace(self._status, error=reason)

    async def _watch(self) -> None:
        while True:
            log.correlation_id.set(log.new_correlation_id())  # of what this look leads to
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)


@dataclass(frozen=True, slots=True)
class _Reading:
    """What files said, or why they are refused; not whole when somebody wrote to one of them meanwhile."""

    documents: Sequence[Document]
    refusal: LightbulbError | None
    stamps: Stamps
    is_whole: bool


def _paths(files: Sequence[ConfigFile]) -> list[Path]:
    return [path for file in files for path in (file.path, file.overlay) if path is not None]
