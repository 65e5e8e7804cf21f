"""What alert rules over a span need of a service's past: which status when, and how response times were spread."""

from collections import deque
from collections.abc import Collection, Iterable

from monitor_app.domain.sketch import Sketch, add, bucket_of, merge_into, quantiles
from monitor_app.domain.status import Status

# A span of response times is forgotten in so many steps.
SLOTS = 12
SLOT_MIN_MS = 60_000


class StatusPast:
    """The statuses of a service in order, as far back as somebody asks; times are ms since 1970."""

    def __init__(self, changes: Iterable[tuple[int, Status]] = ()) -> None:
        self._changes: deque[tuple[int, Status]] = deque()
        for at, status in changes:
            self.add(at, status)

    @property
    def status(self) -> Status | None:
        """The last one."""
        return self._changes[-1][1] if self._changes else None

    def add(self, at: int, status: Status) -> None:
        """It has this status from then on. What was said of later moments came before: the clock was set back since."""
        while self._changes and self._changes[-1][0] > at:
            self._changes.pop()
        if self._changes and self._changes[-1][0] == at:
            self._changes.pop()
        if self.status is not status:
            self._changes.append((at, status))

    def move(self, by: int) -> None:
        """The clock was set by so many ms: all of it was as long ago as before."""
        self._changes = deque((at + by, status) for at, status in self._changes)

    def forget(self, before: int) -> None:
        """Drop what was over before a moment."""
        while len(self._changes) > 1 and self._changes[1][0] <= before:
            self._changes.popleft()

    def had(self, statuses: Collection[Status], since: int) -> bool:
        """Whether it had one of these at any time after a moment."""
        for at, status in reversed(self._changes):
            if status in statuses:
                return True
            if at <= since:
                return False
        return False

    def millis(self, since: int, until: int) -> dict[Status, int]:
        """How long it had each status in a span; what was before the first one is known of none."""
        found: dict[Status, int] = {}
        end = until
        for at, status in reversed(self._changes):
            if at < end:
                found[status] = found.get(status, 0) + end - max(at, since)
                end = max(at, since)
            if at <= since:
                break
        return found


class ResponsePast:
    """The response times of the last `span_ms`, forgotten a step at a time."""

    def __init__(self, span_ms: int) -> None:
        self._span_ms = span_ms
        self._slot_ms = max(SLOT_MIN_MS, span_ms // SLOTS)
        # When each begins, and what is in it.
        self._slots: deque[tuple[int, Sketch]] = deque()

    def add(self, at: int, micros: int) -> None:
        """Another response time, in whole microseconds; times come in their order, or nearly."""
        start = at - at % self._slot_ms
        for begins, sketch in reversed(self._slots):
            if begins == start:
                add(sketch, micros)
                return
            if begins < start:
                break
        else:
            if self._slots:
                # Older than all that is kept: one more or less of them makes no difference.
                return
        if self._slots and self._slots[-1][0] > start:
            return
        self._slots.append((start, {bucket_of(micros): 1}))

    def move(self, by: int) -> None:
        """The clock was set by so many ms: all of it was as long ago as before, but for a step."""
        self._slots = deque((begins + by - (begins + by) % self._slot_ms, sketch) for begins, sketch in self._slots)

    def percentile(self, now: int, share: float, least: int) -> float | None:
        """In ms; None with fewer than `least` response times in the span."""
        while self._slots and self._slots[0][0] + self._slot_ms <= now - self._span_ms:
            self._slots.popleft()
        merged: Sketch = {}
        for _, sketch in self._slots:
            merge_into(merged, sketch)
        if sum(merged.values()) < least:
            return None
        return quantiles(merged, [share])[0] / 1000
