"""The due-queue: which service is due when, in plain data and without any task, timer or thread."""

import heapq
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from monitor_app.domain.schedule import (
    CATCH_UP_SECONDS,
    catch_up_slot,
    count_slots,
    make_up_slot,
    next_slot,
    phase_seconds,
)
from monitor_app.domain.service import ServiceDefinition
from monitor_app.engine.clock import Clock, wall_offset

# A check that is later than this is not run late: its slot is skipped and counted.
LATE_LIMIT_SECONDS = 1.0
# After so many in a row it is run however late it is: a machine that always stands still must not leave it unchecked.
SKIPS_IN_A_ROW = 3
# Services that are added together start this far apart.
LAUNCH_GAP_SECONDS = 1 / 50
# A slot that comes this soon after a check (within half an interval where that is less) is left out: that check, made
# at once for a new service or by another engine, stands for it.
APART_SECONDS = 30
# A retry keeps so far away from a regular slot; one that would be closer is left to the slot.
RETRY_APART_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Due:
    """A check that is to be run now. It carries all that a probe needs, so that it can be run anywhere.

    `slot` is when it should start and `expires` when it is of no use any more, both on the monotonic clock.
    """

    service: ServiceDefinition
    slot: float
    expires: float


@dataclass(slots=True)
class _Entry:
    service: ServiceDefinition
    phase: float
    due: float = 0.0
    # How often in a row it was too late.
    skips: int = 0
    # What is planned is a check between two slots, which takes none of them away.
    is_retry: bool = False
    # Not checked before this moment: nothing else plans it meanwhile.
    paused_until: float | None = None
    # Only the heap item with the entry's own ticket counts; older ones are passed over.
    ticket: int = 0


class DueQueue:
    """All enabled services by the time at which they are due.

    Slots lie on the monotonic clock, anchored once to the wall clock: phases are the same after a restart, and a wall
    clock that is set later changes nothing. Runs of one service never overlap, and nothing bursts after a pause:
    slots that cannot be kept are counted in `skipped`.
    """

    def __init__(self, clock: Clock) -> None:
        self.skipped = 0
        # Checks between two slots, because the one before found something that is to be confirmed.
        self.retried = 0
        self._clock = clock
        self._anchor = wall_offset(clock)
        self._entries: dict[int, _Entry] = {}
        self._heap: list[tuple[float, int, _Entry]] = []
        self._running: dict[int, Due] = {}
        self._tickets = 0
        self._last_launch = float("-inf")

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, pk: int) -> bool:
        return pk in self._entries

    def get(self, pk: int) -> object:
        """Something that stays the same while a service is checked in the same way; None when it is not checked."""
        return self._entries.get(pk)

    def services(self) -> list[ServiceDefinition]:
        """All that are checked."""
        return [entry.service for entry in self._entries.values()]

    def start(self, services: Iterable[ServiceDefinition], checked_at: Mapping[int, datetime]) -> None:
        """Take over the table at start: each service goes to its next slot, overdue ones soon.

        One that was never checked is new: somebody waits for its first result, so it is due at once.
        """
        now = self._clock.monotonic()
        wall = self._clock.now()
        for service in services:
            if not service.enabled or service.is_deleted:
                continue
            entry = self._enter(service)
            last = checked_at.get(service.pk)
            if last is None:
                self._launch(entry)
                continue
            seconds_ago = (wall - last).total_seconds()
            is_believable = 0 <= seconds_ago <= service.interval_seconds
            due = self._slot_after_check(entry, now, now - seconds_ago) if is_believable else self._catch_up(entry, now)
            self._plan(entry, due)

    def apply(self, services: Iterable[ServiceDefinition]) -> list[int]:
        """Take over changes while running. Added, re-enabled and differently checked services are due at once.

        Returns the pks whose running check is of no use any more and should be cancelled.
        """
        superseded = []
        for service in services:
            known = self._entries.get(service.pk)
            if not service.enabled or service.is_deleted:
                if known is not None:
                    del self._entries[service.pk]
                    known.ticket = -1
                superseded.append(service.pk)
            elif known is None or _is_checked_differently(known.service, service):
                if known is not None:
                    known.ticket = -1
                superseded.append(service.pk)
                self._launch(self._enter(service))
            else:
                known.service = service
        return [pk for pk in superseded if self._running.pop(pk, None) is not None]

    def retry(self, pk: int, seconds: float) -> None:
        """Check a service once more after so many seconds, unless a slot comes until then or soon after."""
        entry = self._entries.get(pk)
        if entry is None or entry.paused_until is not None:
            return
        due = self._clock.monotonic() + seconds
        if due + RETRY_APART_SECONDS <= entry.due:
            self._plan(entry, due, is_retry=True)

    def pause(self, pk: int, until: float | None) -> None:
        """Leave a service alone until a moment on the monotonic clock, at which it is due; None: until `resume`."""
        entry = self._entries.get(pk)
        if entry is None:
            return
        entry.paused_until = math.inf if until is None else max(until, self._clock.monotonic())
        self._plan(entry, entry.paused_until)

    def resume(self, pk: int, *, at_once: bool) -> None:
        """End a pause: the service goes to its next slot, or is due at once."""
        entry = self._entries.get(pk)
        if entry is None or (entry.paused_until is None and not at_once):
            return
        now = self._clock.monotonic()
        entry.paused_until = None
        is_extra = at_once and pk not in self._running
        self._plan(entry, now if is_extra else self._slot_after_check(entry, now, now))

    def supersede(self, pk: int) -> bool:
        """Whether a check of it runs: that is of no use any more, and another one is due at once."""
        if self._running.pop(pk, None) is None:
            return False
        self.resume(pk, at_once=True)
        return True

    def is_paused(self, pk: int) -> bool:
        """Whether it is left alone now."""
        entry = self._entries.get(pk)
        return entry is not None and entry.paused_until is not None

    def take_due(self) -> list[Due]:
        """Everything that is due now; each goes to its next slot, and counts as running until `finished`."""
        now = self._clock.monotonic()
        oldest = self.next_due()
        pause = 0.0 if oldest is None else now - oldest
        batch = []
        while self._heap and self._heap[0][0] <= now:
            due, ticket, entry = heapq.heappop(self._heap)
            if ticket != entry.ticket:
                continue
            service = entry.service
            if service.pk in self._running:
                entry.paused_until = None
                self.skipped += 1 + self._count_slots(entry, due, now)
                self._plan(entry, self._slot_after(entry, now))
            elif now - due > LATE_LIMIT_SECONDS and entry.skips < SKIPS_IN_A_ROW:
                self.skipped += 1 + self._count_slots(entry, due, now)
                entry.skips += 1
                self._plan(entry, self._make_up(entry, now, pause), is_retry=entry.is_retry)
            else:
                checked = due
                if now - due > LATE_LIMIT_SECONDS:
                    self.skipped += self._count_slots(entry, due, now)
                    checked = now
                entry.skips = 0
                entry.paused_until = None
                run = Due(service, due, checked + service.interval_seconds)
                self._running[service.pk] = run
                batch.append(run)
                is_extra = entry.is_retry
                self.retried += is_extra
                self._plan(
                    entry, self._slot_after(entry, now) if is_extra else self._slot_after_check(entry, now, checked)
                )
        return batch

    def finished(self, run: Due, is_void: bool = False) -> None:
        """A check ended. A void one found nothing out: the service is checked again soon."""
        if self._running.get(run.service.pk) is not run:
            return  # superseded meanwhile
        del self._running[run.service.pk]
        entry = self._entries.get(run.service.pk)
        if not is_void or entry is None or entry.paused_until is not None:
            return
        if entry.due - self._clock.monotonic() > CATCH_UP_SECONDS:
            self._plan(entry, self._catch_up(entry, self._clock.monotonic()))

    def next_due(self) -> float | None:
        """When the next service is due on the monotonic clock; None when there is none."""
        while self._heap and self._heap[0][1] != self._heap[0][2].ticket:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def _enter(self, service: ServiceDefinition) -> _Entry:
        entry = _Entry(service, phase_seconds(service.service_id, service.interval_seconds))
        self._entries[service.pk] = entry
        return entry

    def _launch(self, entry: _Entry) -> None:
        """Due at once, but a little after the one launched before it; never later than its own slot."""
        now = self._clock.monotonic()
        due = max(now, self._last_launch + LAUNCH_GAP_SECONDS)
        slot = self._slot_after(entry, now)
        if due < slot:
            self._last_launch = due
        self._plan(entry, min(due, slot))

    def _slot_after(self, entry: _Entry, now: float) -> float:
        return next_slot(self._grid(now), entry.phase, entry.service.interval_seconds) - self._anchor

    def _slot_after_check(self, entry: _Entry, now: float, checked: float) -> float:
        return self._slot_after(entry, max(now, checked + min(APART_SECONDS, entry.service.interval_seconds / 2)))

    def _count_slots(self, entry: _Entry, due: float, now: float) -> int:
        return count_slots(self._grid(due), self._grid(now), entry.phase, entry.service.interval_seconds)

    def _catch_up(self, entry: _Entry, now: float) -> float:
        service = entry.service
        slot = catch_up_slot(self._grid(now), service.service_id, entry.phase, service.interval_seconds)
        return slot - self._anchor

    def _make_up(self, entry: _Entry, now: float, pause: float) -> float:
        service, grid = entry.service, self._grid(now)
        slot = make_up_slot(grid, service.service_id, entry.phase, service.interval_seconds, pause, entry.skips)
        return slot - self._anchor

    def _grid(self, moment: float) -> float:
        """A monotonic time on the anchored clock, on which slots lie."""
        return moment + self._anchor

    def _plan(self, entry: _Entry, due: float, *, is_retry: bool = False) -> None:
        self._tickets += 1
        entry.due, entry.ticket, entry.is_retry = due, self._tickets, is_retry
        if due < math.inf:
            heapq.heappush(self._heap, (due, entry.ticket, entry))


def _is_checked_differently(old: ServiceDefinition, new: ServiceDefinition) -> bool:
    return (old.service_id, old.kind, old.interval_seconds, old.status_config) != (
        new.service_id,
        new.kind,
        new.interval_seconds,
        new.status_config,
    )
