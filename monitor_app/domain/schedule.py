"""When a service is due: slots on a monotonic clock, spread by a stable hash."""

import hashlib


def phase_seconds(service_id: str, interval_seconds: int) -> float:
    """Offset of a service inside its interval, in [0, interval): the same after every restart and on every machine."""
    digest = hashlib.blake2s(service_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64 * interval_seconds
