"""The lower bits of many numbers, packed without gaps; everything that is done per number happens inside C functions.

Format, for numbers of so many bits: a byte of each number for every whole eight bits, lowest first; then one plane for
each bit that is left, lowest first: that bit of all numbers, the first number highest, filled up in front.
"""

import sys
from array import array
from collections.abc import Sequence

# For each bit of a byte: a table that makes "0" or "1" of the byte, and one that makes the bit's value of those two.
_DIGIT_OF = [bytes(48 + (byte >> bit & 1) for byte in range(256)) for bit in range(8)]
_VALUE_OF = [bytes((byte & 1) << bit for byte in range(256)) for bit in range(8)]
_WIDTH = 8


def pack(numbers: Sequence[int], bits: int) -> bytes:
    """The lowest `bits` (0 to 64) bits of whole numbers from 0 to 2**64 - 1."""
    if not bits:
        return b""
    lanes = array("Q", numbers)
    if sys.byteorder == "big":
        lanes.byteswap()
    raw = lanes.tobytes()
    whole, rest = divmod(bits, 8)
    planes = [raw[byte::_WIDTH] for byte in range(whole)]
    if rest:
        last = raw[whole::_WIDTH]
        size = _plane_size(len(numbers))
        planes += [int(last.translate(_DIGIT_OF[bit]), 2).to_bytes(size, "big") for bit in range(rest)]
    return b"".join(planes)


def unpack(packed: bytes, count: int, bits: int) -> list[int]:
    """What `pack` packed; `packed` has exactly `packed_size(count, bits)` bytes."""
    whole, rest = divmod(bits, 8)
    planes = [packed[start : start + count] for start in range(0, whole * count, count)]
    if rest:
        planes.append(_join_bits(packed[whole * count :], count))
    if len(planes) == 1:
        return list(planes[0])
    numbers = array("H" if len(planes) == 2 else "Q")
    width = numbers.itemsize
    lanes = bytearray(count * width)
    for byte, plane in enumerate(planes):
        lanes[byte::width] = plane
    numbers.frombytes(lanes)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


def packed_size(count: int, bits: int) -> int:
    """How many bytes so many numbers take."""
    whole, rest = divmod(bits, 8)
    return whole * count + rest * _plane_size(count)


def _join_bits(packed: bytes, count: int) -> bytes:
    """One byte a number, out of its bits."""
    size = _plane_size(count)
    joined = 0
    for bit, start in enumerate(range(0, len(packed), size)):
        plane = int.from_bytes(packed[start : start + size], "big")
        digits = f"{plane:0{count}b}".encode()
        joined |= int.from_bytes(digits.translate(_VALUE_OF[bit]), "big")
    return joined.to_bytes(count, "big")


def _plane_size(count: int) -> int:
    return (count + 7) // 8
