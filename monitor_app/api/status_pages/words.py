"""Times and texts as readers of status pages get them; everything is escaped here."""

import re
from datetime import UTC, date, datetime
from html import escape
from typing import Final

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_PARAGRAPH: Final = re.compile(r"\n\s*\n")
# Up to what can be no end of an address; a full stop or a bracket after it belongs to the sentence.
_ADDRESS: Final = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
STATE_WORDS: Final = {
    "investigating": "Investigating",
    "identified": "Identified",
    "monitoring": "Monitoring",
    "resolved": "Resolved",
    "scheduled": "Scheduled",
    "in-progress": "In progress",
    "completed": "Completed",
}
IMPACT_WORDS: Final = {"none": "No impact", "minor": "Minor impact", "major": "Major impact", "critical": "Critical"}


def short_day_words(day: date) -> str:
    """`22 Nov`, the same in every language of a server."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def day_words(day: date) -> str:
    """`22 Nov 2026`."""
    return f"{short_day_words(day)} {day.year}"


def moment_words(moment: datetime) -> str:
    """`22 Nov 2026, 20:41 UTC`."""
    utc = moment.astimezone(UTC)
    return f"{day_words(utc.date())}, {utc:%H:%M} UTC"


def stamp(moment: datetime) -> str:
    """For programs: `2026-11-22T20:41:00Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def time_tag(moment: datetime) -> str:
    """A moment as HTML."""
    return f'<time datetime="{stamp(moment)}">{moment_words(moment)}</time>'


def paragraphs(text: str) -> str:
    """A text of several lines as HTML: paragraphs, line breaks, and addresses that can be followed."""
    parts = (part.strip() for part in _PARAGRAPH.split(text))
    return "".join(f"<p>{_linked(part)}</p>" for part in parts if part)


def _linked(text: str) -> str:
    pieces: list[str] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = escape(found[0])
        pieces += [escape(text[end : found.start()]), f'<a href="{address}" rel="nofollow noopener">{address}</a>']
        end = found.end()
    pieces.append(escape(text[end:]))
    return "".join(pieces).replace("\n", "<br>")
