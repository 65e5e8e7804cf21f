"""A pasted list of addresses: each line is understood, tested at once, and saved on one click."""

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlsplit

from monitor_app.domain.pasted import LineSplitter, PastedLine
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.service import LABEL_LIMIT, ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.errors import InvalidInput, LightbulbError
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import Kind, KindRegistry
from monitor_app.redact import redact
from monitor_app.security.permissions import CHECK_RUN, SERVICE_WRITE, Identity
from monitor_app.use_cases.probing import Probing
from monitor_app.use_cases.service_input import ServiceInput
from monitor_app.use_cases.services import ServiceUseCases

LINES_LIMIT = 5_000
ADDRESS_LIMIT = 2_048
TEXT_LIMIT = 4 * 1024 * 1024
SAVED_AT_ONCE = 500
TESTED_AT_ONCE = 20
PROGRESS_SECONDS = 0.25

# What makes two checks the same: the kind, what has to be given for it (for http the URL), and its target.
Key = tuple[str, ...]
_TO_LAST_AT = re.compile(r"(?<=://).*@")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://", re.IGNORECASE)


class LineState(StrEnum):
    """What is known of a pasted line."""

    WAITING = "waiting"
    TESTING = "testing"
    OK = "ok"
    FAILING = "failing"
    REFUSED = "refused"
    DUPLICATE = "duplicate"
    WATCHED = "watched"
    SAVED = "saved"


TESTED = frozenset({LineState.OK, LineState.FAILING})
UNTESTED = frozenset({LineState.WAITING, LineState.TESTING})


@dataclass(frozen=True, slots=True)
class PasteLine:
    """One line: `message` says what was found, or what is wrong and what is allowed; `target` what would be watched.

    A password in the address is masked in `address`; the guesses have it.
    """

    number: int
    address: str
    state: LineState
    message: str = ""
    target: str = ""
    result: ProbeResult | None = None
    guesses: tuple[tuple[Kind, CheckConfig], ...] = ()

    @property
    def kind_title(self) -> str:
        """How it would be checked, as far as is known by now; empty for a line that cannot be used."""
        return self.guesses[0][0].title if self.guesses else ""


Progress = Callable[[Sequence[PasteLine]], Awaitable[None]]


class PasteSession:
    """What one person pasted. Feed it in pieces, then `finish`, `test` and `save`.

    It lives for minutes, in which its owner may be logged out: `who` tells each time who asks.
    """

    def __init__(
        self, who: Callable[[], Identity], registry: KindRegistry, probing: Probing, services: ServiceUseCases
    ) -> None:
        who().require(SERVICE_WRITE)
        self._who = who
        self._registry = registry
        self._probing = probing
        self._services = services
        self._splitter = LineSplitter()
        self._received = 0
        self._lines: dict[int, PasteLine] = {}
        # What is watched already and by which service; which line stands for these guesses, and for this target.
        self._watched: dict[Key, str] | None = None
        self._seen: dict[tuple[Key, ...], int] = {}
        self._settled: dict[Key, int] = {}
        self._saving = asyncio.Lock()
        self._is_stopped = False

    @property
    def lines(self) -> list[PasteLine]:
        """The lines that hold an address, in their order."""
        return list(self._lines.values())

    @property
    def counts(self) -> dict[LineState, int]:
        """How many lines there are of each state."""
        return dict(Counter(line.state for line in self._lines.values()))

    async def add(self, piece: object) -> list[PasteLine]:
        """Take the next piece of the text; the lines that are complete with it.

        Raises InvalidInput when the whole has more than 5,000 addresses; what came before stays.
        """
        if not isinstance(piece, str):
            raise InvalidInput({"addresses": f"must be text, got {type(piece).__name__}"})
        self._received += len(piece)
        if self._received > TEXT_LIMIT:
            raise InvalidInput({"addresses": f"must be at most {TEXT_LIMIT // 1024**2} MiB of text at once"})
        return await self._take(self._splitter.feed(piece))

    async def finish(self) -> list[PasteLine]:
        """No more pieces come; the last line."""
        return await self._take(self._splitter.finish())

    async def test(self, progress: Progress | None = None) -> None:
        """Probe every line that waits, 20 at once; `progress` gets the lines that changed, four times a second."""
        self._who().require(CHECK_RUN)
        self._is_stopped = False
        waiting = iter([line.number for line in self._lines.values() if line.state is LineState.WAITING])
        changed: dict[int, None] = {}

        async def work() -> None:
            for number in waiting:  # one iterator shared by all workers: each number is taken once
                if self._is_stopped or not self._who().may(CHECK_RUN):
                    return
                if self._lines[number].state is LineState.WAITING:
                    await self._test_line(number, changed)

        async def report() -> None:
            if progress is not None and changed:
                numbers = list(changed)
                changed.clear()
                await progress([self._lines[number] for number in numbers])

        async def report_often() -> None:
            while True:
                await asyncio.sleep(PROGRESS_SECONDS)
                await report()

        async with asyncio.TaskGroup() as group:
            reporter = group.create_task(report_often(), name="paste progress")
            workers = [group.create_task(work(), name="paste test") for _ in range(TESTED_AT_ONCE)]
            await asyncio.wait(workers)
            reporter.cancel()
        await report()

    def stop(self) -> None:
        """Nobody looks any more: begin no further tests."""
        self._is_stopped = True

    async def save(
        self,
        numbers: Collection[int] | None = None,
        *,
        group: str = "",
        tags: Sequence[str] | str = (),
        interval_seconds: int | str = "",
        with_untested: bool = False,
    ) -> list[ServiceDefinition]:
        """Make services of the good lines, or of those among `numbers`; 500 in a transaction.

        Lines that still wait for their test are left for later, or are saved as their best guess `with_untested`.
        Raises InvalidInput for a wrong group, tag or interval, and saves nothing then.
        """
        self._who().require(SERVICE_WRITE)
        common = ServiceInput.parse({"group": group, "tags": tags, "interval_seconds": interval_seconds})
        states = TESTED | UNTESTED if with_untested else TESTED
        saved: list[ServiceDefinition] = []
        async with self._saving:  # a second click waits, and finds nothing left to save
            chosen = [
                line
                for line in self._lines.values()
                if line.state in states and (numbers is None or line.number in numbers)
            ]
            for start in range(0, len(chosen), SAVED_AT_ONCE):
                piece = chosen[start : start + SAVED_AT_ONCE]
                saved += await self._services.create_many(self._who(), [_input(line, common) for line in piece])
                for line in piece:
                    self._lines[line.number] = replace(line, state=LineState.SAVED, message=line.message or "saved")
        return saved

    async def _take(self, found: Iterable[PastedLine]) -> list[PasteLine]:
        if self._watched is None:
            self._watched = await self._read_watched()
        new: list[PasteLine] = []
        for line in found:
            if len(self._lines) >= LINES_LIMIT:
                raise InvalidInput(
                    {
                        "addresses": f"must be at most {LINES_LIMIT:,} addresses at once: "
                        f"line {line.number} and all after it were left out"
                    }
                )
            understood = self._understand(line)
            self._lines[line.number] = understood
            new.append(understood)
            if len(new) % 200 == 0:
                await asyncio.sleep(0)  # others want the event loop too
        return new

    async def _read_watched(self) -> dict[Key, str]:
        watched: dict[Key, str] = {}
        for count, service in enumerate(await self._services.list_all(self._who())):
            if count % 200 == 199:
                await asyncio.sleep(0)
            try:
                kind = self._registry[service.kind]
                key = _key(kind, kind.parse(service.status_config))
            except LightbulbError:
                continue  # its kind is gone, or its config is of another version: nothing to compare with
            watched[key] = service.label
        return watched

    def _understand(self, line: PastedLine) -> PasteLine:
        if len(line.address) > ADDRESS_LIMIT:
            shown = f"{line.address[:80]}…"
            text = f"must have at most {ADDRESS_LIMIT:,} characters, got {len(line.address):,}"
            return PasteLine(line.number, shown, LineState.REFUSED, text)
        try:
            guesses = tuple(self._registry.guess(line.address))
        except InvalidInput as err:
            return PasteLine(line.number, _masked(line.address), LineState.REFUSED, "; ".join(err.fields.values()))
        shown = redact(line.address)
        keys = tuple(_key(kind, config) for kind, config in guesses)
        target = guesses[0][1].target
        if watched_by := next((self._watched[key] for key in keys if self._watched and key in self._watched), None):
            text = f"already watched as {watched_by}"
            return PasteLine(line.number, shown, LineState.WATCHED, text, target)
        if (first := self._seen.setdefault(keys, line.number)) != line.number:
            return PasteLine(line.number, shown, LineState.DUPLICATE, f"the same as line {first}", target)
        return PasteLine(line.number, shown, LineState.WAITING, "", target, None, guesses)

    async def _test_line(self, number: int, changed: dict[int, None]) -> None:
        line = self._lines[number] = replace(self._lines[number], state=LineState.TESTING)
        changed[number] = None
        try:
            kind, config, result = await self._probing.best_of(list(line.guesses))
        except asyncio.CancelledError:
            if self._lines[number].state is LineState.TESTING:
                self._lines[number] = replace(line, state=LineState.WAITING)
            raise
        if self._lines[number].state is not LineState.TESTING:
            return  # it was saved meanwhile
        self._lines[number] = replace(
            line,
            state=LineState.OK if result.status in (Status.OK, Status.STARTING) else LineState.FAILING,
            message=result.message,
            target=config.target,
            result=result,
            guesses=((kind, config),),
        )
        for touched in (number, self._settle(number, _key(kind, config))):
            changed[touched] = None

    def _settle(self, number: int, key: Key) -> int:
        """Two lines may turn out to stand for the same target once tested: the first keeps it. The line that lost."""
        rival = self._settled.setdefault(key, number)
        first, second = min(rival, number), max(rival, number)
        if self._lines[second].state is LineState.SAVED:
            first, second = second, first
        self._settled[key] = first
        if first != second:
            twin = self._lines[second]
            self._lines[second] = replace(twin, state=LineState.DUPLICATE, message=f"the same as line {first}")
        return second


def _input(line: PasteLine, common: ServiceInput) -> ServiceInput:
    kind, config = line.guesses[0]
    return common.model_copy(
        update={
            "label": _label(config.target),
            "kind": kind.name,
            "status_config": config.model_dump(mode="json", exclude_defaults=True),
        }
    )


def _masked(address: str) -> str:
    """A line that nobody understands: whatever stands before its last @ may be a password, with slashes in it, too."""
    return _TO_LAST_AT.sub("***@", redact(address))


def _label(target: str) -> str:
    """What is watched, without its scheme and a trailing slash."""
    return _SCHEME.sub("", target).rstrip("/")[:LABEL_LIMIT]


def _key(kind: Kind, config: CheckConfig) -> Key:
    required = [name for name, field in kind.config_model.model_fields.items() if field.is_required()]
    return kind.name, *(_normal(str(getattr(config, name))) for name in required), _normal(config.target)


def _normal(value: str) -> str:
    """Scheme and host of a URL say the same in upper case, and an empty path the same as `/`."""
    if not _SCHEME.match(value):
        return value
    parts = urlsplit(value)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path or '/'}?{parts.query}"
