"""The demo: its services come and go with one click, and its servers run in a process of their own."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, LightbulbError, NotFound
from monitor_app.log import get_logger
from monitor_app.plugins.sealing import masked
from monitor_app.security.permissions import DEMO_MANAGE, SYSTEM, Identity
from monitor_app.use_cases.change_log import final_changes
from monitor_app.use_cases.demo_catalogue import CATALOGUE
from monitor_app.use_cases.services import ServiceUseCases

SERVE_COMMAND = (sys.executable, "-m", "monitor_app", "demo", "--serve")
START_SECONDS = 20.0
STOP_SECONDS = 5.0
RESTART_FIRST_SECONDS, RESTART_LONGEST_SECONDS = 1.0, 60.0
# What the demo's servers call themselves in each answer.
SERVER_HEADER = b"server: lightbulb-demo"
LOOK_SECONDS = 1.0

logger = get_logger(__name__)


class DemoServersFailed(LightbulbError):
    """The demo's servers did not start."""


class DemoServices:
    """The services of the demo in the table. They are told from others by their mark, never by their names.

    What is done here is not undone like what people do: their servers come and go with it.
    """

    def __init__(self, services: ServiceUseCases) -> None:
        self._services = services

    async def find(self) -> list[ServiceDefinition]:
        """Those there are now."""
        return [service for service in await self._services.list_all(SYSTEM) if service.is_demo]

    async def are_served(self) -> bool:
        """Whether the demo runs already, such as in a terminal: one of its plain servers answers."""
        for service in await self.find():
            url = urlsplit(str(service.status_config.get("url", "")))
            if url.scheme == "http" and url.port and await _is_demo_server(url.port):
                return True
        return False

    async def bring(self, identity: Identity, urls: Mapping[str, str], *, with_missing: bool) -> None:
        """Let each demo service point to where its server is now; add those that are missing when asked for.

        `urls` maps the paths of the catalogue to URLs.
        """
        identity.require(DEMO_MANAGE)
        present = await self._by_path()
        for demo in CATALOGUE:
            service, place = present.get(demo.path), demo.place(urls[demo.path])
            if service is not None and not place.items() <= dict(service.status_config).items():
                await self._point_to(identity, service, place)
        missing = [demo for demo in CATALOGUE if demo.path not in present]
        if with_missing and missing:
            # Those that are made of others name them by their ids, so these are chosen before anything is added.
            plain = [demo for demo in missing if not demo.members]
            values = [demo.values(urls[demo.path], {}) for demo in plain]
            chosen = await self._services.propose_ids(identity, values)
            ids = {path: service.service_id for path, service in present.items()}
            ids |= {demo.path: service_id for demo, service_id in zip(plain, chosen, strict=True)}
            values = [each | {"service_id": service_id} for each, service_id in zip(values, chosen, strict=True)]
            values += [demo.values(urls[demo.path], ids) for demo in missing if demo.members]
            with final_changes():
                await self._services.create_many(identity, values, is_demo=True)

    async def remove(self, identity: Identity) -> list[ServiceDefinition]:
        """Delete exactly the services of the demo."""
        identity.require(DEMO_MANAGE)
        found = await self.find()
        with final_changes():
            return await self._services.delete(identity, [service.service_id for service in found]) if found else []

    async def _by_path(self) -> dict[str, ServiceDefinition]:
        return {_path_of(service): service for service in await self.find()}

    async def _point_to(self, identity: Identity, service: ServiceDefinition, place: Mapping[str, Any]) -> None:
        values = {"status_config": {**masked(service.status_config), **place}}
        # Changed or deleted by somebody just now: theirs counts.
        with final_changes(), contextlib.suppress(Conflict, NotFound):
            await self._services.update(identity, service.service_id, values, expected_revision=service.revision)


class DemoSupervisor:
    """Runs the demo's server process while there are demo services, and stops it when they are removed.

    The process ends when its standard input closes, so it never outlives this one.
    """

    def __init__(
        self,
        services: ServiceUseCases,
        *,
        command: Sequence[str] = SERVE_COMMAND,
        reporting: Callable[[DemoServices], Awaitable[None]] | None = None,
    ) -> None:
        """`reporting` runs while the servers do, until it is cancelled: it reports for the services that are told."""
        self.services = DemoServices(services)
        self._reporting = reporting
        self._reporter: asyncio.Task[None] | None = None
        self._command = tuple(command)
        self._turn = asyncio.Lock()
        self._urls: dict[str, str] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def process_id(self) -> int | None:
        """The server process, while it runs."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """At the start of the program: run the servers when demo services are there and nobody serves them."""
        async with self._turn:
            if await self.services.find() and not await self.services.are_served():
                self._watch()

    async def load(self, identity: Identity) -> list[ServiceDefinition]:
        """Start the servers and add the services, those that are missing. Raises DemoServersFailed."""
        identity.require(DEMO_MANAGE)
        async with self._turn:
            await self._running()
            await self.services.bring(identity, self._urls, with_missing=True)
            self._watch()
            return await self.services.find()

    async def remove(self, identity: Identity) -> list[ServiceDefinition]:
        """Delete the services and stop the servers."""
        identity.require(DEMO_MANAGE)
        async with self._turn:
            removed = await self.services.remove(identity)
            await self._stop()
            return removed

    async def close(self) -> None:
        """At the end of the program: stop the servers; the services stay."""
        async with self._turn:
            await self._stop()

    def _watch(self) -> None:
        if self._watcher is None:
            self._watcher = asyncio.create_task(self._keep_running(), name="demo supervisor")
        if self._reporter is None and self._reporting is not None:
            self._reporter = asyncio.ensure_future(self._reporting(self.services))

    async def _keep_running(self) -> None:
        """Start the servers, again whenever they end by themselves; less and less often while they do not stay."""
        pause = RESTART_FIRST_SECONDS
        while True:
            try:
                async with self._turn:
                    process = await self._running()
                    await self.services.bring(SYSTEM, self._urls, with_missing=False)
            except LightbulbError as err:
                logger.error("the demo could not be started", reason=str(err), next_try_seconds=pause)
            except Exception:  # whatever happens, the demo must not stay away for ever
                logger.exception("the demo could not be started", next_try_seconds=pause)
            else:
                started = time.monotonic()
                exit_code = await process.wait()
                pause = RESTART_FIRST_SECONDS if time.monotonic() - started > RESTART_LONGEST_SECONDS else pause
                logger.warning("the demo's servers ended", exit_code=exit_code, next_try_seconds=pause)
                if self._process is process:
                    self._process = None
            await asyncio.sleep(pause)
            pause = min(pause * 2, RESTART_LONGEST_SECONDS)

    async def _running(self) -> asyncio.subprocess.Process:
        """The server process, started unless it runs. To be called while `_turn` is held."""
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await self._run()
        return process

    async def _run(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command, stdin=pipe, stdout=pipe, start_new_session=True
            )
        except OSError as err:
            raise DemoServersFailed(f"the demo's servers could not be started: {err}") from err
        try:
            self._urls = await _announced_urls(process)
        except BaseException:
            await _end(process)
            raise
        logger.info("the demo's servers run", process_id=process.pid, servers=len(self._urls))
        return process

    async def _stop(self) -> None:
        tasks = [task for task in (self._watcher, self._reporter) if task is not None]
        self._watcher = self._reporter = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        process, self._process = self._process, None
        if process is not None:
            await _end(process)


async def _announced_urls(process: asyncio.subprocess.Process) -> dict[str, str]:
    assert process.stdout is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
        urls = json.loads(line)["urls"]
        return {demo.path: urls[demo.path] for demo in CATALOGUE}
    except (TimeoutError, ValueError, KeyError, TypeError) as err:
        raise DemoServersFailed("the demo's servers did not start; the log tells why") from err


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask by closing its input, then insist."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _path_of(service: ServiceDefinition) -> str:
    """What the catalogue knows it by."""
    if "url" not in service.status_config:
        return f"{service.kind}:"
    parts = urlsplit(str(service.status_config.get("url", "")))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def _is_demo_server(port: int) -> bool:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"GET /home HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                head = await reader.readuntil(b"\r\n\r\n")
            finally:
                writer.close()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return False
    return SERVER_HEADER in head.lower()
