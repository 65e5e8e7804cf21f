"""What an importer fills in: a draft for each thing that is watched, and a note for all that does not come along.

Three rules hold for all of them. What only concerns how things look or who is told is left out with a note. What
changes what "up" means, and has no counterpart here, comes along disabled, with a note: somebody has to look at it
first. What cannot be checked here at all is not taken, with a note.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from monitor_app.domain.service import (
    GROUP_LIMIT,
    INTERVAL_MAX_SECONDS,
    INTERVAL_MIN_SECONDS,
    LABEL_LIMIT,
    TAG_LIMIT,
    TAGS_LIMIT,
)
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.redact import harmless
from monitor_app.security.documents import parse_json
from monitor_app.use_cases.configuration.document import Document, Place, ServiceEntry
from monitor_app.use_cases.portable.names import ServiceIds
from monitor_app.use_cases.portable.reading import ReadFile
from monitor_app.use_cases.service_input import check

NOTES_LIMIT: Final = 20_000
# By aliases, and by modules that many targets have, a small file can stand for much.
SIZE_LIMIT: Final = 64 << 20
DEADLINE_MIN_SECONDS, DEADLINE_MAX_SECONDS = 0.1, 120.0
FAILURES_MAX = 10
OFF: Final = "it is imported disabled"
_LENGTH = re.compile(
    r"(?:(?P<d>\d+)d)?(?:(?P<h>\d+(?:\.\d+)?)h)?(?:(?P<m>\d+(?:\.\d+)?)m(?!s))?"
    r"(?:(?P<s>\d+(?:\.\d+)?)s)?(?:(?P<ms>\d+(?:\.\d+)?)ms)?"
)
_UNITS: Final = {"d": 86_400.0, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@dataclass(frozen=True, slots=True)
class Note:
    """What of an entry does not come along, or comes otherwise: which option of it ("" for all of it), and why."""

    subject: str
    option: str
    text: str
    line: int | None = None

    def __str__(self) -> str:
        return ": ".join(part for part in (self.subject, self.option, self.text) if part)


@dataclass(frozen=True, slots=True)
class Found:
    """What a file of another program became; `file` is imported as any other is. `seen` counts what it watches."""

    file: ReadFile
    notes: tuple[Note, ...]
    seen: int


@dataclass
class Draft:
    """One service in the making. `subject` is what its own program calls it."""

    subject: str
    label: str
    kind: str = "http"
    config: dict[str, Any] = field(default_factory=dict, repr=False)
    group: str = ""
    tags: list[str] = field(default_factory=list)
    interval_seconds: int | None = None
    enabled: bool = True
    line: int | None = None
    notes: list[Note] = field(default_factory=list)

    def note(self, option: str, text: str) -> None:
        """Tell what is otherwise."""
        self.notes.append(Note(self.subject, option, text, self.line))

    def off(self, option: str, text: str) -> None:
        """Tell what cannot be carried and matters: it is not checked until somebody has looked at it."""
        self.enabled = False
        self.note(option, f"{text}; {OFF}")

    def interval(self, seconds: float) -> None:
        """How often it is checked, within our limits."""
        fitting = int(min(max(math.ceil(seconds), INTERVAL_MIN_SECONDS), INTERVAL_MAX_SECONDS))
        if fitting != seconds:
            self.note("interval", f"{seconds:g} s became {fitting} s")
        self.interval_seconds = fitting

    def deadline(self, seconds: float) -> None:
        """How long a check may take, within our limits; the shortest of several counts."""
        fitting = min(max(seconds, DEADLINE_MIN_SECONDS), DEADLINE_MAX_SECONDS)
        if fitting != seconds:
            self.note("timeout", f"{seconds:g} s became {fitting:g} s")
        self.config["deadline_seconds"] = min(fitting, self.config.get("deadline_seconds", fitting))

    def failures(self, count: int) -> None:
        """After how many failures in a row it is down, within our limits."""
        fitting = min(max(count, 1), FAILURES_MAX)
        if fitting != count:
            self.note("retries", f"down after {count} failures became {fitting}")
        self.config["failures_to_fail"] = fitting

    def tag(self, text: str) -> None:
        """One more tag, as far as it fits."""
        fitting = " ".join(text.replace(",", " ").split())[:TAG_LIMIT].strip()
        if not fitting or fitting in self.tags:
            return
        if len(self.tags) >= TAGS_LIMIT:
            self.note("tags", f"{harmless(text, 60)} is left out: there are at most {TAGS_LIMIT}")
            return
        if fitting != text:
            self.note("tags", f"{harmless(text, 60)} became {harmless(fitting, 60)}")
        self.tags.append(fitting)

    def values(self) -> dict[str, Any]:
        """As `service_input.check` takes them."""
        return {
            "label": one_line(self.label)[:LABEL_LIMIT].strip(),
            "kind": self.kind,
            "group": one_line(self.group)[:GROUP_LIMIT].strip(),
            "tags": [one_line(tag) for tag in self.tags],
            "status_config": self.config,
            "interval_seconds": self.interval_seconds,
            "enabled": self.enabled,
        }


class Taking:
    """Collects drafts and notes of one file. The same file gives the same service_ids whenever it is read."""

    def __init__(self, name: str, registry: KindRegistry) -> None:
        self._name = name
        self._registry = registry
        self._ids = ServiceIds()
        self._entries: list[ServiceEntry] = []
        self._notes: list[Note] = []
        self._seen = 0
        self._size = 0

    def name(self, label: str, target: str = "") -> str:
        """A service_id for what will be taken."""
        return self._ids.of(label, target)

    def note(self, subject: str, option: str, text: str, line: int | None = None) -> None:
        """Tell something of the file, or of an entry that is not taken."""
        if len(self._notes) < NOTES_LIMIT:
            self._notes.append(Note(harmless(subject, 160), option, harmless(text, 400), line))

    def leave(self, subject: str, why: str, line: int | None = None) -> None:
        """Something is not taken."""
        self._seen += 1
        self.note(subject, "", f"is not taken: {why}", line)

    def take(self, draft: Draft, service_id: str = "") -> str:
        """Take a draft, if it is valid here, and return its service_id; else "", with a note."""
        values = draft.values()
        checked = check(self._registry, values)
        if checked.messages:
            wrong = "; ".join(f"{field}: {text}" for field, text in checked.messages.items())
            self.leave(draft.subject, wrong, draft.line)
            return ""
        self._seen += 1
        self._size += len(json.dumps(values))
        if self._size > SIZE_LIMIT:
            raise refuse(f"must make services of at most {SIZE_LIMIT >> 20} MiB together, makes more")
        for note in draft.notes:
            self.note(note.subject, note.option, note.text, note.line)
        target = checked.valid().config.target
        name = service_id or self.name(draft.label, target)
        self._entries.append(ServiceEntry(name, values, Place(self._name, draft.line)))
        return name

    def found(self) -> Found:
        """All of it."""
        document = Document(self._name, services=tuple(self._entries))
        return Found(ReadFile(document), tuple(self._notes), self._seen)


def seconds_of(text: object) -> float:
    """The length of `1h30m`, `500ms` or `2d` in seconds; a bare number counts as it is. Raises ValueError."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return float(text)
    written = _LENGTH.fullmatch(str(text)[:40].strip())
    if written is None or not any(written.groups()):
        raise ValueError(f"must be a length of time such as 30s or 5m, got {harmless(str(text), 40)!r}")
    return sum(float(number) * _UNITS[unit] for unit, number in written.groupdict().items() if number)


def one_line(text: object) -> str:
    """As text without what a name may not hold."""
    return "".join(char if char.isprintable() else " " for char in str(text)).strip()


def refuse(text: str) -> InvalidInput:
    """What a file that cannot be read at all is refused with."""
    return InvalidInput({"file": text})


def truthy(value: object) -> bool:
    """As SQLite and old backups have booleans: 0, 1, "0", "1", true."""
    return value not in (None, 0, "", "0", False, "false")


def texts(value: object) -> list[str]:
    """A list of texts; a single one is a list of one."""
    if isinstance(value, list):
        return [str(item) for item in value if isinstance(item, str | int | float)]
    return [value] if isinstance(value, str) else []


def listed(value: object) -> list[Any]:
    """A list, or an empty one in place of something else."""
    return value if isinstance(value, list) else []


def inner_json(text: str) -> Any:
    """JSON that stands as text in a field; None when it is none."""
    try:
        return parse_json(text.encode(errors="surrogatepass"))
    except InvalidInput:
        return None


def mapping(value: object) -> Mapping[str, Any]:
    """An object, or an empty one in place of something else."""
    return value if isinstance(value, Mapping) else {}
