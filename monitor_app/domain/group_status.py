"""What is true of each group: its status, the share of it that is up, and how many services have which status.

No data is never green: what is unknown is taken as up and as down, and the group is OK only where it is OK both ways.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from monitor_app.domain.group import Rollup, rollup_of
from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.status import URGENCY, Status

# Neither up nor down: nobody knows yet.
_OPEN: Final = (Status.UNKNOWN, Status.STARTING)


@dataclass(frozen=True, slots=True)
class Member:
    """A service as its group sees it. One in maintenance rests: it is left out, as one that is STOPPED."""

    pk: int
    group: str
    status: Status
    is_resting: bool = False

    @property
    def is_left_out(self) -> bool:
        """Whether it counts for nothing."""
        return self.is_resting or self.status is Status.STOPPED


@dataclass(frozen=True, slots=True)
class GroupStatus:
    """What is true of one group now.

    `status` is STOPPED when all of its services are left out, UNKNOWN without any; then it counts for nothing
    (`is_left_out`). `share` is what is up of what is known, by weight; None where nothing is. `counts` are the services
    in it and below by the number of their status, `own` those directly in it, `resting` those in maintenance; of the
    `counting` ones so many are `known`, and `up`.
    """

    status: Status
    share: float | None
    counts: tuple[int, ...]
    own: int
    resting: int
    up: int
    known: int
    counting: int
    is_left_out: bool

    @property
    def total(self) -> int:
        """All services in it and below."""
        return sum(self.counts)


NOTHING: Final = GroupStatus(Status.UNKNOWN, None, (0,) * len(Status), 0, 0, 0, 0, 0, True)


def picture(tree: GroupTree, members: Iterable[Member]) -> dict[str, GroupStatus]:
    """The status of every group of the tree; one pass over the services, one over the groups."""
    own: dict[str, list[Member]] = {name: [] for name in tree}
    for member in members:
        if member.group in own:
            own[member.group].append(member)
    found: dict[str, GroupStatus] = {}
    # What is in a group comes before it, so that each is looked at once.
    for name in reversed(list(tree)):
        row = tree.rows.get(name)
        rollup = rollup_of(None if row is None else row.rollup)
        inner = [found[child] for child in tree.children(name)]
        if rollup.how == "share":
            weights = _weights(rollup, (member for group in tree.below(name) for member in own[group]))
            found[name] = _told(by_share(rollup, weights), _share(weights), own[name], inner)
        else:
            counting = [member.status for member in own[name] if not member.is_left_out]
            status = worst([*counting, *(group.status for group in inner if not group.is_left_out)])
            found[name] = _told(status, None, own[name], inner)
    return found


def of_members(members: Sequence[Member]) -> GroupStatus:
    """What is true of services that are in no group, taken together: the worst of them."""
    return _told(worst(member.status for member in members if not member.is_left_out), None, members, [])


def _told(
    status: Status | None, share: float | None, own: Sequence[Member], inner: Sequence[GroupStatus]
) -> GroupStatus:
    """`status` None: nothing of it counts."""
    counts = [sum(group.counts[number] for group in inner) for number in range(len(Status))]
    for member in own:
        counts[member.status] += 1
    counting = [member.status for member in own if not member.is_left_out]
    up = sum(each.is_up for each in counting) + sum(group.up for group in inner)
    known = sum(each not in _OPEN for each in counting) + sum(group.known for group in inner)
    if share is None and status is not None and known:
        share = up / known
    at_rest = Status.STOPPED if sum(counts) else Status.UNKNOWN
    return GroupStatus(
        status=at_rest if status is None else status,
        share=share,
        counts=tuple(counts),
        own=len(own),
        resting=sum(member.is_resting for member in own) + sum(group.resting for group in inner),
        up=up,
        known=known,
        counting=len(counting) + sum(group.counting for group in inner),
        is_left_out=status is None,
    )


def worst(statuses: Iterable[Status]) -> Status | None:
    """What deserves a look first; None of nothing."""
    return min(statuses, key=URGENCY.__getitem__, default=None)


def by_share(rollup: Rollup, weights: Mapping[Status, int]) -> Status | None:
    """The status that the weights of each status make; None without any.

    What is unknown may be up or down: FAILED when it is that even if all of it were up, OK when it is that even if all
    of it were down, DEGRADED when it is that or worse either way, UNKNOWN when it depends on it.
    """
    total = sum(weights.values())
    if not total:
        return None
    unknown = sum(weights.get(status, 0) for status in _OPEN)
    if unknown == total:
        return worst(status for status in _OPEN if weights.get(status))
    ok, up = weights.get(Status.OK, 0), weights.get(Status.OK, 0) + weights.get(Status.DEGRADED, 0)
    if _is_below(up + unknown, total, rollup.failed_below):
        return Status.FAILED
    if _is_below(ok + unknown, total, rollup.degraded_below):
        return Status.DEGRADED
    is_sure = not _is_below(up, total, rollup.failed_below) and not _is_below(ok, total, rollup.degraded_below)
    return Status.OK if is_sure else Status.UNKNOWN


def _is_below(part: int, total: int, percent: int) -> bool:
    return part * 100 < percent * total


def _weights(rollup: Rollup, members: Iterable[Member]) -> dict[Status, int]:
    weights: dict[Status, int] = {}
    for member in members:
        if not member.is_left_out:
            weights[member.status] = weights.get(member.status, 0) + rollup.weight(member.pk)
    return weights


def _share(weights: Mapping[Status, int]) -> float | None:
    known = sum(weight for status, weight in weights.items() if status not in _OPEN)
    up = sum(weight for status, weight in weights.items() if status.is_up)
    return up / known if known else None
