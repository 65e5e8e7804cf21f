"""What another system tells of its services, and what follows from it for those that are known here.

One poll gives one Reading: all services with their checks. `compare` tells what is new, changed, back and gone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from monitor_app.domain.hold import Hold
from monitor_app.domain.report import Section, facts, table
from monitor_app.domain.result import MESSAGE_LIMIT
from monitor_app.domain.service import LABEL_LIMIT, TAG_LIMIT, TAGS_LIMIT
from monitor_app.domain.status import Status
from monitor_app.domain.told import CHECKS, COLUMNS, told_row

# So many polls in a row have to agree before something is believed to be gone that may only not be shown to us.
AGREEING_POLLS: Final = 3
POLL_MIN_SECONDS: Final = 10
POLL_MAX_SECONDS: Final = 3600
# A source whose last answer is older than so many intervals, and a little more, tells nothing of the present.
GRACE_INTERVALS: Final = 2
GRACE_SECONDS: Final = 5.0

State = Literal["ok", "doubted", "away"]

# Of a service that another one needs, so many instances are named.
_INSTANCES: Final = 3
# A word that nobody knows is never green.
_WORST: Final = (Status.STOPPED, Status.FAILED, Status.DEGRADED, Status.UNKNOWN, Status.OK)


@dataclass(frozen=True, slots=True)
class Source:
    """A connection to another system, as a person has set it up. `config` is stored: its secrets are sealed."""

    pk: int
    slug: str
    kind: str
    label: str
    config: Mapping[str, Any] = field(repr=False)
    interval_seconds: int
    keep_gone_days: int
    group: str
    enabled: bool
    poll_wanted: int
    owner: str
    created_at: datetime
    updated_at: datetime
    revision: int

    @property
    def grace_seconds(self) -> float:
        """After so long without an answer nothing is known of its services."""
        return GRACE_INTERVALS * self.interval_seconds + GRACE_SECONDS


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a connection is (models/source.py)."""

    source_pk: int
    state: State
    since: datetime
    polled_at: datetime | None = None
    read_at: datetime | None = None
    seconds: float | None = None
    error: str = ""
    failures: int = 0
    doubt: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Observation:
    """What a source told last of one of its services, as it is stored."""

    service_pk: int
    at: datetime
    word: str
    checks: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class SourceCheck:
    """One check that the source makes itself: `word` is its status in the source's own word.

    `is_of_node`: it is a check of the machine, not of the service alone.
    """

    name: str
    status: Status
    word: str
    output: str = ""
    type: str = ""
    is_of_node: bool = False

    def document(self) -> dict[str, Any]:
        """As it is stored and shown."""
        return {
            "name": self.name,
            "status": self.status.name,
            "word": self.word,
            "output": self.output,
            "type": self.type,
            "is_of_node": self.is_of_node,
        }


@dataclass(frozen=True, slots=True)
class Observed:
    """One service as the source tells of it. `key` is the id that it has there, word for word and unique.

    `config` is that of its kind of check; `facts` is all that is shown and cannot be changed here. `maintenance` is the
    reason of the source's own maintenance mode, None when it is in none.
    """

    key: str
    name: str
    label: str
    config: Mapping[str, Any]
    tags: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    checks: tuple[SourceCheck, ...] = ()
    maintenance: str | None = None

    @property
    def status(self) -> Status:
        """The worst of its checks; maintenance before all. Without any check the source says that it is there: OK."""
        if self.maintenance is not None:
            return Status.STOPPED
        found = {check.status for check in self.checks}
        return next((status for status in _WORST if status in found), Status.OK)

    @property
    def word(self) -> str:
        """The source's word for its status: that of the worst check."""
        if self.maintenance is not None:
            return "maintenance"
        status = self.status
        return next((check.word for check in self.checks if check.status is status), "no checks")


@dataclass(frozen=True, slots=True)
class Reading:
    """What one poll has read: all services, and what the source says of itself.

    `hidden` says why it may not be all of them, "" when the source says of nothing that it kept it back.
    """

    services: tuple[Observed, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    hidden: str = ""

    @property
    def check_count(self) -> int:
        """How many checks they have together."""
        return sum(len(each.checks) for each in self.services)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known here of a service of the source; `is_gone`: the source did not know it any more."""

    pk: int
    key: str
    label: str
    tags: tuple[str, ...]
    config: Mapping[str, Any]
    facts: Mapping[str, Any]
    interval_seconds: int
    is_gone: bool
    maintenance: Hold | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a reading means: by key what is new, by pk what changed (`kept` includes it), is back, or is gone.

    `missed` counts for each key how many polls that count have not had it. `doubt` says why what is missing is not
    called gone yet; "" when nothing is doubted.
    """

    new: tuple[Observed, ...]
    kept: Mapping[int, Observed]
    changed: tuple[int, ...]
    returned: tuple[int, ...]
    gone: tuple[int, ...]
    missed: Mapping[str, int]
    doubt: str


def compare(
    reading: Reading,
    known: Sequence[Known],
    missed: Mapping[str, int],
    *,
    who: str,
    interval_seconds: int,
    is_counted: bool = True,
    most: int = 0,
) -> Comparison:
    """What a reading says of what is known.

    What is missing is gone at once, unless nothing is left, or less than half, or the source has kept something back:
    then so many polls have to agree. `most` is how many there have been lately, so that half is not lost in steps.
    `is_counted` is False for a poll that came too soon after another to be a second witness.
    """
    observed = {each.key: each for each in reading.services}
    by_key: dict[str, Known] = {}
    for each in known:
        by_key.setdefault(each.key, each)
    present = [each for each in by_key.values() if not each.is_gone]
    absent = [each for each in present if each.key not in observed]
    counts = {each.key: missed.get(each.key, 0) + is_counted for each in absent}
    most = max(most, len(present))
    is_doubted = not observed or (len(present) - len(absent)) * 2 < most or bool(reading.hidden)
    gone = [each for each in absent if not is_doubted or counts[each.key] >= AGREEING_POLLS]
    waiting = len(absent) - len(gone)
    kept = {each.pk: observed[key] for key, each in by_key.items() if key in observed}
    return Comparison(
        new=tuple(each for key, each in observed.items() if key not in by_key),
        kept=kept,
        changed=tuple(
            each.pk
            for key, each in by_key.items()
            if key in observed and differs(each, observed[key], who, interval_seconds)
        ),
        returned=tuple(each.pk for key, each in by_key.items() if key in observed and each.is_gone),
        gone=tuple(each.pk for each in gone),
        missed={each.key: counts[each.key] for each in absent if each not in gone},
        doubt=_doubt(len(present) - len(absent), most, min(counts.values()), reading.hidden) if waiting else "",
    )


def differs(known: Known, observed: Observed, who: str, interval_seconds: int) -> bool:
    """Whether anything of a service is to be written."""
    return known.is_gone or changed_values(known, observed, interval_seconds) != {} or needs_hold(known, observed, who)


def changed_values(known: Known, observed: Observed, interval_seconds: int) -> dict[str, Any]:
    """The columns of the service table that are not as the source says."""
    tags = merged_tags(known.tags, known.facts, observed)
    wanted = {
        "label": (known.label, observed.label),
        "tags": (list(known.tags), list(tags)),
        "status_config": (dict(known.config), dict(observed.config)),
        "source_facts": (dict(known.facts), dict(observed.facts)),
        "interval_seconds": (known.interval_seconds, interval_seconds),
    }
    return {name: after for name, (before, after) in wanted.items() if before != after}


def needs_hold(known: Known, observed: Observed, who: str) -> bool:
    """Whether the source's own maintenance has to begin or end here, too; one that a person began is left alone."""
    held = known.maintenance
    if observed.maintenance is not None:
        return held is None or (held.who == who and held.reason != observed.maintenance)
    return held is not None and held.who == who


def merged_tags(present: Iterable[str], before: Mapping[str, Any], observed: Observed) -> tuple[str, ...]:
    """The source's tags first, then those that people gave it here: all that did not come from the source before."""
    theirs = set(source_tags(before))
    own = [tag for tag in present if tag not in theirs]
    return tuple(dict.fromkeys((*observed.tags, *own)))[:TAGS_LIMIT]


def source_tags(told: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Of the tags that a service has at its source, those that fit here: short, without commas, and not too many."""
    given = (told or {}).get("tags") or ()
    fitting = [tag for tag in given if tag and len(tag) <= TAG_LIMIT and "," not in tag and tag.isprintable()]
    return tuple(dict.fromkeys(tag.strip() for tag in fitting if tag.strip()))[: TAGS_LIMIT // 2]


def labels(names: Sequence[tuple[str, str, str]]) -> list[str]:
    """What people read for (name, id, machine): the name, the id where it says more, the machine where it has to."""
    plain = [name if identifier in (name, "") else f"{name} ({identifier})" for name, identifier, _ in names]
    count = Counter(plain)
    return [
        (f"{label} on {machine}" if count[label] > 1 else label)[:LABEL_LIMIT]
        for label, (_, _, machine) in zip(plain, names, strict=True)
    ]


def _doubt(found: int, most: int, agreeing: int, hidden: str) -> str:
    what = f"only {found}" if found else "none"
    why = f"But {hidden}" if hidden else "That may be a lost token or a cluster without a leader"
    return (
        f"The last poll found {what} of {most} services that were there lately. {why}, so "
        f"nothing is called gone until {AGREEING_POLLS} polls agree ({agreeing} so far)."
    )


def needed_by(services: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, list[tuple[str, str]]]:
    """Of services of one source, each with its facts: what each says that it needs, with the reason in words.

    By Connect intentions that allow it to call others (`calls`), and by meta `depends_on`, names with commas between.
    """
    instances: dict[str, list[str]] = {}
    for service_id, told in services:
        instances.setdefault(str(told.get("service", "")), []).append(service_id)
    found: dict[str, list[tuple[str, str]]] = {}
    for service_id, told in services:
        named = str((told.get("meta") or {}).get("depends_on", "")).split(",")
        reasons = [(name.strip(), f"{service_id} names it in its meta depends_on") for name in named]
        reasons += [(str(name), f"an intention allows {service_id} to call it") for name in told.get("calls") or ()]
        found[service_id] = [
            (target, why) for name, why in reasons if name for target in instances.get(name, ())[:_INSTANCES]
        ]
    return found


def message_of(observed: Observed) -> str:
    """What a result says of it, in one line: the worst check with what it said, or that all are well."""
    if observed.maintenance is not None:
        return observed.maintenance
    bad = [check for check in observed.checks if check.status is not Status.OK]
    if not bad:
        count = len(observed.checks)
        if not count:
            return "registered, without any check"
        return "its check is passing" if count == 1 else f"all {count} checks are passing"
    worst = min(bad, key=lambda check: _WORST.index(check.status))
    said = worst.output.strip().partition("\n")[0]
    more = f" (and {len(bad) - 1} more)" if len(bad) > 1 else ""
    return f"{worst.word}: {worst.name}{f': {said}' if said else ''}"[: MESSAGE_LIMIT - len(more)] + more


def metrics_of(observed: Observed) -> dict[str, float]:
    """How many of its checks are how, as numbers with a history."""
    names = {Status.OK: "checks_passing", Status.DEGRADED: "checks_warning", Status.FAILED: "checks_critical"}
    count = Counter(check.status for check in observed.checks)
    return {name: float(count[status]) for status, name in names.items()} if observed.checks else {}


def standing_of(word: str, checks: Iterable[Mapping[str, Any]]) -> tuple[Any, ...]:
    """What makes a service's checks others than before: which there are, and their statuses, but not what they say."""
    return word, tuple((each["name"], each["word"], each["type"], each["is_of_node"]) for each in checks)


def sections_of(observed: Observed) -> list[Section]:
    """What is kept of a result in full."""
    told = observed.facts
    shown = {name: str(told.get(name) or "") for name in ("service", "id", "node", "datacentre", "address", "url")}
    rows = [told_row(check.document(), len(observed.checks)) for check in observed.checks]
    meta = [(str(name), str(value)) for name, value in dict(told.get("meta") or {}).items()]
    return [
        facts("Catalogue", {**shown, "port": str(told.get("port") or ""), "tags": ", ".join(told.get("tags") or ())}),
        table(CHECKS, COLUMNS, rows),
        table("Meta", ("Name", "Value"), meta),
    ]
