"""When a service is due: slots on a steady clock, spread by a stable hash.

A service's slots are `phase + k * interval` for every whole k. All times here are seconds on one clock that only grows.
"""

import hashlib
import math

CATCH_UP_SECONDS = 60
SOON_SECONDS = 5


def phase_seconds(service_id: str, interval_seconds: float) -> float:
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
    """When to check a service whose slot was missed: within half an interval, and a minute at the latest.

    Spread by the same hash as the slots themselves, so that many of them do not come at once.
    """
    slot = next_slot(now, phase, interval_seconds)
    return min(slot, now + phase_seconds(service_id, min(CATCH_UP_SECONDS, interval_seconds / 2)))


def make_up_slot(
    now: float, service_id: str, phase: float, interval_seconds: int, pause_seconds: float, attempt: int
) -> float:
    """When to check a service whose slot has just been skipped: soon, and at its next slot at the latest.

    Those that were skipped together are spread over as long as the pause was, so that they do not burst. Each attempt
    in a row goes to another place: pauses that come again and again cannot be in step with all of them.
    """
    span = min(interval_seconds, CATCH_UP_SECONDS, max(SOON_SECONDS, pause_seconds))
    soon = now + phase_seconds(f"{service_id} again {attempt}", span)
    return min(soon, next_slot(now, phase, interval_seconds))
