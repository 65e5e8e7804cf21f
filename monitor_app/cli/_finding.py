"""One thing that the doctor looked at."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found; `advice` is how to mend it. What is not wrong but worth a word is a `hint`."""

    name: str
    text: str
    advice: str = ""
    is_hint: bool = False

    @property
    def status(self) -> Literal["ok", "warn", "fail"]:
        """`fail` keeps Lightbulb from doing its work, or makes it unsafe."""
        if not self.advice:
            return "ok"
        return "warn" if self.is_hint else "fail"
