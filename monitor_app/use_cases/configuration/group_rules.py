"""What is wrong with groups of a file beside those that there are: circles, too many levels, weights of nobody."""

from collections.abc import Collection, Iterable, Mapping

from monitor_app.domain.group import DEPTH_LIMIT, Group
from monitor_app.use_cases.configuration.document import GroupEntry


def wrong_groups(
    present: Iterable[Group], entries: Collection[GroupEntry], services: Collection[str]
) -> dict[str, tuple[str, str]]:
    """By the name of an entry its field and what is wrong with that. `services` are the ids of all there will be."""
    parents = {group.name: group.parent for group in present} | {entry.name: entry.parent for entry in entries}
    own = {entry.name for entry in entries}
    wrong: dict[str, tuple[str, str]] = {}
    for name in parents:
        way, text = _way_up(parents, name)
        if text:
            wrong |= {each: ("parent", text) for each in way if each in own}
    for entry in entries:
        weights = entry.rollup["weights"] if entry.rollup is not None else {}
        if unknown := [service_id for service_id in weights if service_id not in services]:
            wrong[entry.name] = "rollup.weights", f"must name services that exist: there is no {unknown[0]}"
    return wrong


def _way_up(parents: Mapping[str, str], name: str) -> tuple[list[str], str]:
    """The groups that it is in, itself first, and what is wrong with that."""
    way = [name]
    while parent := parents.get(way[-1], ""):
        if parent in way:
            circle = [*way[way.index(parent) :], parent]
            return way, f"must not be in the group itself: {' → '.join(circle)}"
        way.append(parent)
        if len(way) > DEPTH_LIMIT:
            return way, f"must leave the tree at most {DEPTH_LIMIT} levels deep"
    return way, ""
