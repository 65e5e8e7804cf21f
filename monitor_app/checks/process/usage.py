"""What processes use, summed; their share of the processors since the last look."""

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from monitor_app.checks.process.scan import Seen

# Of so many processes more is read than that they are there.
MEASURED_LIMIT = 1000
# So many are told one by one.
LISTED_LIMIT = 40
SERVICES_REMEMBERED = 10_000

# By number: when the process began, and the processor seconds it had used.
_Used = dict[int, tuple[float, float]]
# The beginning is counted from that of the machine, which moves a little when clocks are set.
_BEGINNING_SLACK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over the processes that could be measured; None where this program may not look, or cannot know yet.

    `cpu_percent` is that of one core: 200 are two cores.
    """

    measured: int
    memory_bytes: int
    threads: int
    open_files: int | None
    cpu_percent: float | None
    # The first of them, each for itself.
    each: tuple["ProcessUsage", ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessUsage:
    """What one process uses; `cpu_seconds` since it began."""

    seen: Seen
    memory_bytes: int
    threads: int
    cpu_seconds: float


class Meter:
    """Remembers each service's last look, because a share of the processors needs two. For one thread."""

    def __init__(self) -> None:
        self._last: OrderedDict[int, tuple[float, _Used]] = OrderedDict()

    def measure(self, found: Sequence[Seen], service_pk: int) -> Usage:
        """A process that ends meanwhile is left out. Blocks."""
        memory_bytes = threads = 0
        open_files: int | None = 0
        used: _Used = {}
        each: list[ProcessUsage] = []
        at = time.monotonic()
        for seen in found[:MEASURED_LIMIT]:
            try:
                process = psutil.Process(seen.pid)
                with process.oneshot():
                    if not _is_same(process.create_time(), seen.began_at):
                        continue  # it ended, and another one got its number
                    times = process.cpu_times()
                    memory, thread_count = process.memory_info().rss, process.num_threads()
            except (psutil.Error, OSError):
                continue
            memory_bytes += memory
            threads += thread_count
            used[seen.pid] = seen.began_at, times.user + times.system
            if len(each) < LISTED_LIMIT:
                each.append(ProcessUsage(seen, memory, thread_count, times.user + times.system))
            if open_files is not None:
                files = _open_files(process)
                open_files = None if files is None else open_files + files
        cpu_percent = self._percent(service_pk, at, used)
        return Usage(len(used), memory_bytes, threads, open_files, cpu_percent, tuple(each))

    def _percent(self, service_pk: int, at: float, used: _Used) -> float | None:
        """Since the last look; None at the first one. A service_pk of 0 is only tried, so not remembered."""
        if not service_pk:
            return None
        before = self._last.pop(service_pk, None)
        self._last[service_pk] = at, used
        if len(self._last) > SERVICES_REMEMBERED:
            self._last.popitem(last=False)
        if before is None or at <= before[0]:
            return None
        seconds = sum(_since(before[1].get(pid), *now) for pid, now in used.items())
        return round(100.0 * seconds / (at - before[0]), 2)


def _since(before: tuple[float, float] | None, began_at: float, used: float) -> float:
    """What was used since the last look: all of it by one that is new."""
    if before is None or not _is_same(before[0], began_at):
        return used
    return max(0.0, used - before[1])


def _is_same(began_at: float, other: float) -> bool:
    return abs(began_at - other) < _BEGINNING_SLACK_SECONDS


def _open_files(process: psutil.Process) -> int | None:
    """Descriptors (handles on Windows); None when this program may not look: it belongs to somebody else."""
    count = process.num_fds if hasattr(process, "num_fds") else process.num_handles
    try:
        return int(count())
    except psutil.NoSuchProcess:
        return 0
    except (psutil.Error, OSError):
        return None
