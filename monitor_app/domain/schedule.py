"""When a service is due: slots on a steady clock, spread by a stable hash.

A service's slots are `phase + k * interval` for every whole k. All times here are seconds on one clock that only grows.
"""

import hashlib
import math

CATCH_UP_SECONDS = 60


def phase_seconds(service_id: str, interval_seconds: int) -> float:
    """Offset of a service inside its interval, in [0, interval): the same after every restart and on every machine."""
    digest = hashlib.blake2s(service_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64 * interval_seconds


def next_slot(after: float, phase: float, interval_seconds: int) -> float:
    """The first slot that is later than `after`."""
    slot = phase + math.floor((after - phase) / interval_seconds) * interval_seconds
    while slot <= after:
        slot += interval_seconds
    return slot


def count_slots(after: float, until: float, phase: float, interval_seconds: int) -> int:
    """How many slots there are later than `after` and not later than `until`."""
    first = next_slot(after, phase, interval_seconds)
    return 0 if first > until else math.floor((until - first) / interval_seconds) + 1


def catch_up_slot(now: float, service_id: str, phase: float, interval_seconds: int) -> float:
    """When to check a service whose slot was missed: at its next one, or within a minute where that is far off.

    Spread by the same hash as the slots themselves, so that many of them do not come at once.
    """
    slot = next_slot(now, phase, interval_seconds)
    if interval_seconds <= CATCH_UP_SECONDS:
        return slot
    return min(slot, now + phase_seconds(service_id, CATCH_UP_SECONDS))
