"""Accepted HTTP statuses: `200-299,304`."""

import re

from monitor_app.plugins.forms import shown_value

_ITEM = re.compile(r"([0-9]{3})(?:\s*-\s*([0-9]{3}))?")


def parse_statuses(text: str) -> tuple[range, ...]:
    """The ranges that the text lists. Raises ValueError, saying what is allowed."""
    return tuple(_range(item.strip(), text) for item in text.split(","))


def normal_statuses(text: str) -> str:
    """The same list without spaces."""
    return ",".join(
        f"{span.start}" if len(span) == 1 else f"{span.start}-{span.stop - 1}" for span in parse_statuses(text)
    )


def _range(item: str, text: str) -> range:
    match = _ITEM.fullmatch(item)
    if match is None:
        raise ValueError(f'must list statuses and ranges, such as "200-299,304", got {shown_value(text)}')
    first, last = int(match[1]), int(match[2] or match[1])
    if first < 100:
        raise ValueError(f"must list statuses from 100 to 999, got {first}")
    if last < first:
        raise ValueError(f"must have ranges that go upward, got {item!r}")
    return range(first, last + 1)
