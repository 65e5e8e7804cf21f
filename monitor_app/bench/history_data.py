"""Made-up results of many services, the same for the same seed: what a real history looks like, to measure with.

Nearly all checks are good, half a percent fails: alone, or in downtimes of some minutes. Every few days the monitor was
off for a while. Response times are lognormal around what is usual for the service, slower by day than by night.
"""

import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from monitor_app.domain.changes import Change, DowntimeClosed, DowntimeOpened, GapClosed, GapOpened
from monitor_app.domain.result import CheckResult
from monitor_app.domain.status import Status
from monitor_app.models.types import from_millis
from monitor_app.storage.blocks.results import ResultColumns, Row, columns_of

INTERVAL_MS = 60_000
DAY_MS = 86_400_000
SLOTS = DAY_MS // INTERVAL_MS
# Of all results: failures that stand alone. Of all days of a service: those with a downtime. Of all days: those with a
# hole in which the monitor was off.
ALONE, DOWN_DAYS, HOLE_DAYS = 0.002, 0.35, 0.3
POOL = 16_384
# ids are given as results come in, which is nearly, not quite the order of the slots.
SHUFFLED = 16
SPREADS = {"dns": 0.4, "connect": 0.06, "tls": 0.06, "first_byte": 0.2, "body": 0.3}


class MadeUp:
    """`services` services that are checked every minute from `start` on; `pks` are their keys."""

    def __init__(self, pks: Sequence[int], start: datetime, seed: int = 7) -> None:
        self.pks = pks
        self.start_ms = int(start.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC).timestamp()) * 1000
        self._seed = seed
        draw = random.Random(seed)
        self._factors = {
            name: [draw.lognormvariate(0, spread) for _ in range(POOL)] * 2 for name, spread in SPREADS.items()
        }
        self._late = [min(int(draw.expovariate(0.1)), 200) for _ in range(POOL)] * 2
        self._day_and_night = [1 - 0.3 * math.cos(slot / SLOTS * math.tau) for slot in range(SLOTS)]

    def first_id(self, slot: int) -> int:
        """The lowest id of the results of a slot; slots are counted from the start on."""
        return 1 + slot * len(self.pks)

    def day(self, number: int, day: int, last_slot: int = SLOTS) -> ResultColumns:
        """The results of one service and one day, up to a slot of it, in order of time."""
        return columns_of(row for _, row in self._rows(number, day, range(last_slot)))

    def changes(self, number: int, day: int) -> list[Change]:
        """Downtimes and gaps of one service and one day."""
        pk, found = self.pks[number], list[Change]()
        hole = self._hole(day)
        if hole:
            found += [GapOpened(pk, self._at(number, day, hole.start), Status.STARTING)]
            found += [GapClosed(pk, self._at(number, day, hole.stop))]
        down = self._downtime(number, day)
        if down:
            found += [DowntimeOpened(pk, self._at(number, day, down.start), _failure(number)[1])]
            found += [DowntimeClosed(pk, self._at(number, day, down.stop))]
        return found

    def live(self, first_slot: int, minutes: int) -> Iterator[list[tuple[int, CheckResult]]]:
        """A batch for each second from a slot on: what comes in then, with ids."""
        for slot in range(first_slot, first_slot + minutes):
            day, of_day = divmod(slot, SLOTS)
            seconds: list[list[tuple[int, CheckResult]]] = [[] for _ in range(60)]
            for number, pk in enumerate(self.pks):
                for _, row in self._rows(number, day, range(of_day, of_day + 1)):
                    second = number * 60 // len(self.pks)
                    result_id, at, status, response_ms, message, phases, metrics = row
                    result = CheckResult(
                        pk, from_millis(at), Status(status), message, response_ms, phases or {}, metrics or {}
                    )
                    seconds[second].append((result_id, result))
            highest = self.first_id(slot) - 1
            for batch in seconds:  # ids within a batch in order, whatever the slots' shuffling
                numbered = [(highest + place, result) for place, (_, result) in enumerate(batch, 1)]
                highest += len(batch)
                yield numbered

    def _rows(self, number: int, day: int, slots: range) -> Iterator[tuple[int, Row]]:
        draw = random.Random(f"{self._seed} {number}")
        base = draw.lognormvariate(3, 0.7)
        usual = {"dns": 0.6, "connect": base, "tls": 1.8 * base, "first_byte": 3 * base, "body": 0.4}
        body_bytes, is_steady = draw.randrange(200, 60_000), draw.random() < 0.7
        certificate_days = draw.uniform(20, 90)
        failing = self._failing(number, day)
        hole = self._hole(day)
        offset = random.Random(f"{self._seed} {number} {day}").randrange(POOL - SLOTS)
        span = slice(offset + slots.start, offset + slots.stop)
        phases = [[round(ms * factor, 3) for factor in self._factors[name][span]] for name, ms in usual.items()]
        for of_day, dns, connect, tls, first_byte, body in zip(slots, *phases, strict=True):
            if of_day in hole:
                continue
            waited = round(first_byte * self._day_and_night[of_day], 3)
            slot = day * SLOTS + of_day
            at = self._slot_ms(number, slot) + self._late[offset + of_day]
            found: tuple[Any, ...] = (
                0,
                round(dns + connect + tls + waited + body, 3),
                "200 OK",
                {"dns": dns, "connect": connect, "tls": tls, "first_byte": waited, "body": body},
                {
                    "status_code": 200,
                    "body_bytes": body_bytes if is_steady else body_bytes + at % 97,
                    "certificate_days": round(certificate_days - slot / SLOTS, 2),
                },
            )
            if of_day in failing:
                kind, message = _failure(number)
                if kind == 0:
                    found = (2, None, message, {"dns": dns, "connect": 10_000.0}, None)
                elif kind == 1:
                    found = (2, None, message, {"dns": dns, "connect": connect}, None)
                else:
                    found = (2, found[1], message, found[3], found[4] | {"status_code": 503})
            yield slot, (self.first_id(slot) + self._rank(number, slot), at, *found)

    def _rank(self, number: int, slot: int) -> int:
        """The place of a service among the results of a slot: neighbours change places."""
        changed = number ^ (slot * 7919 % SHUFFLED)
        return changed if number - number % SHUFFLED + SHUFFLED <= len(self.pks) else number

    def _slot_ms(self, number: int, slot: int) -> int:
        return self.start_ms + slot * INTERVAL_MS + number * INTERVAL_MS // len(self.pks)

    def _at(self, number: int, day: int, of_day: int) -> datetime:
        return from_millis(self._slot_ms(number, day * SLOTS + of_day))

    def _hole(self, day: int) -> range:
        draw = random.Random(f"{self._seed} hole {day}")
        if draw.random() > HOLE_DAYS:
            return range(0)
        begin = draw.randrange(60, SLOTS - 60)
        return range(begin, begin + draw.randrange(5, 20))

    def _downtime(self, number: int, day: int) -> range:
        draw = random.Random(f"{self._seed} down {number} {day}")
        if draw.random() > DOWN_DAYS:
            return range(0)
        begin = draw.randrange(0, SLOTS - 60)
        return range(begin, begin + max(3, min(59, int(draw.expovariate(1 / 12)))))

    def _failing(self, number: int, day: int) -> set[int]:
        draw = random.Random(f"{self._seed} alone {number} {day}")
        alone = {draw.randrange(SLOTS) for _ in range(round(SLOTS * ALONE))}
        return alone | set(self._downtime(number, day))


def _failure(number: int) -> tuple[int, str]:
    """How a service fails, and what is said then."""
    host = f"service-{number:04d}.example.org"
    return (
        (0, f"timed out after 10 s while connecting to {host}:443"),
        (1, f"connection refused by {host}:443: nothing listens there"),
        (2, "503 Service Unavailable, expected 200-299"),
    )[number % 3]
