"""Looks through all processes of the machine, once for all checks that ask within about a second."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psutil

FRESH_SECONDS = 1.0
COMMAND_LINE_LIMIT = 8192
_OURS = "monitor_app"


@dataclass(frozen=True, slots=True)
class Seen:
    """A process that is there. `began_at` (seconds since 1970) tells it from a later one with the same number."""

    pid: int
    parent_pid: int
    name: str
    began_at: float


@dataclass(slots=True)
class Scan:
    """All processes but zombies, by pid, and the command lines that somebody asked for. All methods block."""

    processes: Mapping[int, Seen]
    _command_lines: dict[int, str] = field(default_factory=dict)
    _ours: frozenset[int] | None = None

    def command_line(self, seen: Seen) -> str:
        """Arguments with blanks between, cut; empty when it may not be read or is gone."""
        known = self._command_lines.get(seen.pid)
        if known is None:
            try:
                known = " ".join(psutil.Process(seen.pid).cmdline())[:COMMAND_LINE_LIMIT]
            except (psutil.Error, OSError):
                known = ""
            self._command_lines[seen.pid] = known
        return known

    def ours(self) -> frozenset[int]:
        """This program's own processes.

        From this process upward and from there downward, as far as command lines name this program: whoever started
        it (a shell, systemd, a test) and what others started beside it is not ours.
        """
        if self._ours is None:
            self._ours = family(self.processes, os.getpid(), lambda seen: _OURS in self.command_line(seen))
        return self._ours


class Scanner:
    """Keeps the last scan for a second. For one thread."""

    def __init__(self, look: Callable[[], Mapping[int, Seen]]) -> None:
        self._look = look
        self._last: Scan | None = None
        self._finished_at = 0.0

    def scan(self) -> Scan:
        """Blocks: 10,000 processes take a good part of a second."""
        if self._last is None or time.monotonic() - self._finished_at > FRESH_SECONDS:
            self._last = Scan(self._look())
            self._finished_at = time.monotonic()
        return self._last


def family(processes: Mapping[int, Seen], own_pid: int, is_ours: Callable[[Seen], bool]) -> frozenset[int]:
    """The process itself, its parents as long as they are ours, and what is ours below them."""
    found = {own_pid}
    at = processes.get(own_pid)
    while at and (at := processes.get(at.parent_pid)) and at.pid not in found and is_ours(at):
        found.add(at.pid)
    children: dict[int, list[Seen]] = {}
    for seen in processes.values():
        children.setdefault(seen.parent_pid, []).append(seen)
    waiting = list(found)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child.pid not in found and is_ours(child):
                found.add(child.pid)
                waiting.append(child.pid)
    return frozenset(found)


def look() -> dict[int, Seen]:
    """All processes that this program may see, without zombies: those have ended, only nobody took note. Blocks."""
    found = {}
    for process in psutil.process_iter():
        try:
            with process.oneshot():
                if process.status() != psutil.STATUS_ZOMBIE:
                    found[process.pid] = Seen(process.pid, process.ppid(), process.name(), process.create_time())
        except (psutil.Error, OSError):
            continue  # it ended meanwhile
    return found
