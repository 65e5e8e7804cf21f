"""Judges a service by the present statuses of those it is made of. Asks nobody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from monitor_app.checks.composite.config import Config
from monitor_app.domain.report import Section, table
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import STATUS_WORDS, Status
from monitor_app.plugins.protocols import Facts, ProbeContext

NAMED_LIMIT = 3
LABEL_LIMIT = 40


@dataclass(frozen=True, slots=True)
class _Members:
    """Labels by status. Paused members are left out of the reckoning."""

    up: tuple[str, ...]
    degraded: tuple[str, ...]
    down: tuple[str, ...]
    unknown: tuple[str, ...]
    paused: tuple[str, ...]

    @property
    def count(self) -> int:
        """Those that are reckoned with."""
        return len(self.up) + len(self.down) + len(self.unknown)


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """By what is known of the members now."""
    if context.facts is None:
        return ProbeResult(Status.UNKNOWN, "its members are looked at once the service is saved")
    members = _look_up(context.facts, config.member_ids)
    status, message = _judge(members, config)
    return ProbeResult(
        status, message, metrics=_metrics(members), tell=partial(_told, context.facts, config.member_ids)
    )


def _told(facts: Facts, member_ids: tuple[str, ...]) -> Iterator[Section]:
    """The members one by one."""
    found = [(service_id, facts.member(service_id) or ("does not exist", Status.UNKNOWN)) for service_id in member_ids]
    rows = [(service_id, label, STATUS_WORDS[status]) for service_id, (label, status) in found]
    yield table("Members", ("Service", "Name", "Status"), rows)


def _look_up(facts: Facts, member_ids: tuple[str, ...]) -> _Members:
    labels: dict[Status, list[str]] = {status: [] for status in Status}
    for service_id in member_ids:
        found = facts.member(service_id)
        label, status = found if found is not None else (f"{service_id} (does not exist)", Status.UNKNOWN)
        labels[status].append(label if len(label) <= LABEL_LIMIT else f"{label[: LABEL_LIMIT - 1]}…")
    return _Members(
        up=(*labels[Status.OK], *labels[Status.DEGRADED]),
        degraded=tuple(labels[Status.DEGRADED]),
        down=tuple(labels[Status.FAILED]),
        unknown=(*labels[Status.UNKNOWN], *labels[Status.STARTING]),
        paused=tuple(labels[Status.STOPPED]),
    )


def _judge(members: _Members, config: Config) -> tuple[Status, str]:
    """Up or down is certain when those that nothing is known of cannot change it."""
    count = members.count
    if not count:
        return Status.UNKNOWN, f"all members are paused: {_named(members.paused)}"
    needed = config.needed(count)
    down = f"{len(members.down)} of {count} down: {_named(members.down)}"
    unknown = f"nothing is known of {_named(members.unknown)}"
    if len(members.up) + len(members.unknown) < needed:
        return Status.FAILED, f"{down} ({needed} must be up)"
    if len(members.up) < needed:
        return Status.UNKNOWN, f"{down}; {unknown}" if members.down else unknown
    if members.down:
        return Status.DEGRADED, f"{down} ({needed} must be up)"
    if members.degraded:
        return Status.DEGRADED, f"{len(members.degraded)} of {count} degraded: {_named(members.degraded)}"
    return Status.OK, f"{len(members.up)} of {count} up"


def _metrics(members: _Members) -> Mapping[str, float]:
    return {
        "members_up": len(members.up),
        "members_down": len(members.down),
        "members_unknown": len(members.unknown),
    }


def _named(labels: tuple[str, ...]) -> str:
    more = len(labels) - NAMED_LIMIT
    return ", ".join(labels[:NAMED_LIMIT]) + (f" and {more} more" if more > 0 else "")
