"""Bounds the work that a DNS message is, before it is taken apart: names in it may be long and repeated for free.

8 KB of a hostile answer name 64,000 labels through pointers (RFC 1035, section 4.1.4), which take a second to read.
"""

import struct

RECORDS_LIMIT = 500
LABELS_LIMIT = 6_000
# A name has at most 255 bytes.
_NAME_LABELS = 127
_NAME_POINTERS = 32

_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")
_A, _NS, _CNAME, _SOA, _MX, _TXT, _AAAA, _SRV, _CAA = 1, 2, 5, 6, 15, 16, 28, 33, 257
# Where in a record's data names begin; types that are not listed count as one long name.
_NAMES_AT: dict[int, tuple[int, int]] = {_NS: (0, 1), _CNAME: (0, 1), _SOA: (0, 2), _MX: (2, 1), _SRV: (6, 1)}
_WITHOUT_NAMES = frozenset({_A, _AAAA, _TXT, _CAA})


def until_end_of_answers(data: bytes) -> bytes:
    """The message without its authority and additional sections: header, question and answers.

    Raises ValueError when it is too much work, too short or malformed.
    """
    ident, flags, questions, answers, _, _ = _HEADER.unpack_from(data)
    if questions > 1:
        raise ValueError("more than one question")
    if answers > RECORDS_LIMIT:
        raise ValueError(f"more than {RECORDS_LIMIT} records")
    walk = _Walk(data)
    try:
        at = walk.name(_HEADER.size) + 4 if questions else _HEADER.size
        for _ in range(answers):
            at = walk.record(at)
    except (IndexError, struct.error) as err:
        raise ValueError("it ends too early") from err
    if at > len(data):
        raise ValueError("it ends too early")
    return _HEADER.pack(ident, flags, questions, answers, 0, 0) + data[_HEADER.size : at]


class _Walk:
    """Steps over records and counts the labels that somebody who reads them meets."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._labels = 0

    def record(self, at: int) -> int:
        """Where the next one begins."""
        at = self.name(at)
        record_type: int
        length: int
        record_type, _, _, length = _RECORD.unpack_from(self._data, at)
        at += _RECORD.size
        if record_type in _NAMES_AT:
            skip, names = _NAMES_AT[record_type]
            place = at + skip
            for _ in range(names):
                place = self.name(place)
        elif record_type not in _WITHOUT_NAMES:
            self._count(_NAME_LABELS)
        return at + length

    def name(self, at: int) -> int:
        """Where the name ends in place."""
        data, end, pointers = self._data, 0, 0
        while (length := data[at]) != 0:
            if length >= 0xC0:
                end = end or at + 2
                at = (length & 0x3F) << 8 | data[at + 1]
                pointers += 1
                if pointers > _NAME_POINTERS:
                    raise ValueError("a name that points in circles")
            else:
                self._count(1)
                at += 1 + length
        return end or at + 1

    def _count(self, labels: int) -> None:
        self._labels += labels
        if self._labels > LABELS_LIMIT:
            raise ValueError(f"names of more than {LABELS_LIMIT} labels")
