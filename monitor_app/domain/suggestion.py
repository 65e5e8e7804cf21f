"""Which services seem to depend on which: guesses for people to accept or not, each with its reasons.

Linear in the number of services: they are looked up by host, name and group, and a crowd that shares one of those says
nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Hint = Literal["member", "named", "host", "group"]
# The surest first.
HINTS: Final[tuple[Hint, ...]] = ("member", "named", "host", "group")
# What stands on what: each leans on the next lower one that is there. Other types of services say nothing.
_LAYERS: Final[Mapping[str, int]] = {
    "website": 0,
    "api": 1,
    "api_endpoint": 1,
    "application": 1,
    "container": 1,
    "kubernetes_pod": 1,
    "python_process": 1,
    "temporal_workflow": 1,
    "database": 2,
    "mail": 2,
    "queue": 2,
    "device": 3,
    "dns": 3,
    "domain": 3,
}
_GROUND: Final = 3
# More at one place are a crowd: a proxy of many sites, a group of everything.
_CROWD: Final = 50
_TARGETS: Final = 3
SUGGESTIONS_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of a service. `host` is where it is looked at; `names` what else its config names."""

    service_id: str
    service_type: str
    group: str = ""
    host: str = ""
    names: Collection[str] = ()
    members: Sequence[str] = ()
    # What a source says that it needs: service_ids, each with the reason in words.
    told: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Because:
    """Why, in words."""

    hint: Hint
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`source` may well depend on `target`; the surest reason first."""

    source: str
    target: str
    reasons: tuple[Because, ...]

    @property
    def key(self) -> str:
        """The same as long as both have their names."""
        return f"{self.source} {self.target}"


def suggestions(services: Iterable[Watched], related: Collection[tuple[str, str]]) -> list[Suggestion]:
    """The surest first, at most 1000; none between services that are `related` in either direction."""
    known = {service.service_id: service for service in services}
    found: dict[tuple[str, str], list[Because]] = {}
    for source, target, because in _guesses(known):
        pair = source, target
        if source == target or pair in related or pair[::-1] in related or pair[::-1] in found:
            continue
        reasons = found.setdefault(pair, [])
        if because.hint not in {one.hint for one in reasons}:
            reasons.append(because)
    all_of_them = (Suggestion(source, target, tuple(reasons)) for (source, target), reasons in found.items())
    return sorted(all_of_them, key=_sureness)[:SUGGESTIONS_LIMIT]


def _sureness(suggestion: Suggestion) -> tuple[int, int, str, str]:
    reasons = suggestion.reasons
    return HINTS.index(reasons[0].hint), -len(reasons), suggestion.source, suggestion.target


def _guesses(known: Mapping[str, Watched]) -> Iterator[tuple[str, str, Because]]:
    yield from _members(known)
    yield from _told(known)
    yield from _named(known)
    single = [service for service in known.values() if not service.members]
    for host, there in _by(single, "host").items():
        text = f"both are looked at on {host}"
        yield from ((source, target, Because("host", text)) for source, target in _leaning(there, _GROUND))
    for group, there in _by(single, "group").items():
        text = f"both are in the group {group}"
        yield from ((source, target, Because("group", text)) for source, target in _leaning(there, _GROUND - 1))


def _members(known: Mapping[str, Watched]) -> Iterator[tuple[str, str, Because]]:
    for service in known.values():
        for member in service.members:
            if member in known:
                yield service.service_id, member, Because("member", f"{service.service_id} is made of it")


def _told(known: Mapping[str, Watched]) -> Iterator[tuple[str, str, Because]]:
    for service in known.values():
        for target, text in service.told:
            if target in known:
                yield service.service_id, target, Because("named", text)


def _named(known: Mapping[str, Watched]) -> Iterator[tuple[str, str, Because]]:
    hosts = _by(known.values(), "host")
    for service in known.values():
        for name in service.names:
            if name == service.host:
                continue
            if name in known:
                yield service.service_id, name, Because("named", f"{service.service_id} names it in how it is checked")
            text = f"{service.service_id} names its host {name} in how it is checked"
            for there in hosts.get(name, ())[:_TARGETS]:
                yield service.service_id, there.service_id, Because("named", text)


def _by(services: Iterable[Watched], name: Literal["host", "group"]) -> Mapping[str, list[Watched]]:
    found: dict[str, list[Watched]] = defaultdict(list)
    for service in services:
        if value := getattr(service, name):
            found[value].append(service)
    return found


def _leaning(there: Sequence[Watched], lowest: int) -> Iterator[tuple[str, str]]:
    """Each with those of the next lower layer that is there; nothing for a crowd."""
    layers: dict[int, list[str]] = defaultdict(list)
    for service in there[: _CROWD + 1]:
        layer = _LAYERS.get(service.service_type)
        if layer is not None and layer <= lowest:
            layers[layer].append(service.service_id)
    if len(there) > _CROWD:
        return
    for layer, names in layers.items():
        below = min((other for other in layers if other > layer), default=None)
        targets = [] if below is None else layers[below]
        if len(targets) <= _TARGETS:
            yield from ((source, target) for source in names for target in targets)
