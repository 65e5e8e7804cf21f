"""A notification in words: plain text in parts, which each kind of notifier puts into its own format.

Whatever a monitored thing said may stand in any of them, so each format has to keep it text. Control characters and
line breaks are spelled out already, and all is cut to a bearable length.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from monitor_app.domain.alerting.severity import Severity

# What it means for whoever keeps incidents of his own.
Event = Literal["trigger", "acknowledge", "resolve"]

_GLYPHS: Mapping[Severity, str] = {"info": "🔵", "warning": "🟠", "critical": "🔴"}


@dataclass(frozen=True, slots=True)
class Fact:
    """A line such as "Since: 12:03 UTC"."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One of several alerts: which service, what is wrong, and where more is told ("" for nowhere)."""

    name: str
    text: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What is to be said. `summary` may have several lines, where a person wrote the text; all else is of one line.

    `more` counts the items that are not told; `history` are the root service's last statuses, the oldest first, "" for
    none; `data` is the message as JSON, for programs.
    """

    event: Event
    severity: Severity
    title: str
    summary: str = ""
    facts: tuple[Fact, ...] = ()
    items: tuple[Item, ...] = ()
    more: int = 0
    url: str = ""
    subject: str = ""
    history: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether it tells that something is well again."""
        return self.event == "resolve"

    @property
    def glyph(self) -> str:
        """How bad it is at a glance, for where there is no other colour; the word stands beside it."""
        return "✅" if self.is_over else _GLYPHS[self.severity]

    @property
    def text(self) -> str:
        """All but the title as plain text."""
        facts = "\n".join(f"{fact.name}: {fact.text}" for fact in self.facts)
        items = "\n".join(f"- {item.name}: {item.text}" if item.text else f"- {item.name}" for item in self.items)
        if self.more:
            items += f"\n- {self.more_words}"
        url = "" if self.url in self.summary else self.url
        return "\n\n".join(part for part in (self.summary, facts, items, url) if part)

    @property
    def more_words(self) -> str:
        """How many are not named."""
        return f"and {self.more} more"
