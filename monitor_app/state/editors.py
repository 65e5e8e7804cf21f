"""Who has which form open right now, in this process. A browser says so every few seconds."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

# A browser is gone that has said nothing for so long; it speaks every 4 s.
TIMEOUT_SECONDS: Final = 12.0


@dataclass(frozen=True, slots=True)
class _Seen:
    name: str
    subject: str
    at: float


class EditorBook:
    """Tabs by their tokens. It holds nothing of what is typed."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._tabs: dict[str, _Seen] = {}

    def enter(self, tab: str, name: str, subject: str) -> list[str]:
        """This tab has this form open; who else has, by name, one's own name too when it is another tab."""
        now = self._monotonic()
        self._tabs = {key: seen for key, seen in self._tabs.items() if now - seen.at < TIMEOUT_SECONDS}
        self._tabs[tab] = _Seen(name, subject, now)
        return sorted({seen.name for key, seen in self._tabs.items() if key != tab and seen.subject == subject})

    def leave(self, tab: str) -> None:
        """It has none open any more."""
        self._tabs.pop(tab, None)
