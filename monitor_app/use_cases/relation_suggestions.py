"""Relations that seem to be missing: suggested with their reasons, never added by themselves, dismissed by person."""

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from monitor_app.domain.given import given_text
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.source import needed_by
from monitor_app.domain.suggestion import Suggestion, Watched, suggestions
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.sealing import is_sealed
from monitor_app.redact import is_secret_name
from monitor_app.security.permissions import RELATION_WRITE, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.settings import load_setting, save_setting
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.relation_graph import graph_of, members_of
from monitor_app.use_cases.services import Clock

DISMISSED_LIMIT = 500
SHOWN_LIMIT = 200
_TEXT_LIMIT = 2000
_NAMES_LIMIT = 100
# What a name or an address is made of, in a text of any sort.
_WORD = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
# An id of one plain word is in many texts: it counts only where it stands alone.
_TELLING = re.compile(r"(?=.*[-.0-9]).{4,}")
_ADDRESS_FIELDS = ("url", "host", "domain")


class Row(Protocol):
    """One service that is watched."""

    @property
    def definition(self) -> ServiceDefinition:
        """How it is set up."""
        ...


class Watching(Protocol):
    """What is watched, in memory. The numbers are others whenever services or relations are."""

    @property
    def definition_version(self) -> int:
        """Of the services."""
        ...

    @property
    def relation_revision(self) -> int:
        """Of the relations."""
        ...

    @property
    def relations(self) -> Iterable[Relation]:
        """All of them, those of deleted services included."""
        ...

    def __iter__(self) -> Iterator[Row]:
        """All services."""
        ...


@dataclass(frozen=True, slots=True)
class Suggested:
    """What is suggested to somebody, the surest first, and how many more they dismissed."""

    suggestions: list[Suggestion]
    dismissed: int


class RelationSuggestions:
    """All need the permission relation:write."""

    def __init__(self, database: Database, registry: KindRegistry, clock: Clock, board: Watching) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock
        self._board = board
        self._known: tuple[tuple[int, int], list[Suggestion]] | None = None
        self._thinking = asyncio.Lock()

    async def list_for(self, identity: Identity) -> Suggested:
        """At most 200; none that would close a circle, and none that this person dismissed."""
        identity.require(RELATION_WRITE)
        found = await self._all()
        async with self._database.read() as conn:
            dismissed = set(_keys(await load_setting(conn, _place(identity))))
        wanted = [one for one in found if one.key not in dismissed]
        return Suggested(wanted[:SHOWN_LIMIT], len(found) - len(wanted))

    async def dismiss(self, identity: Identity, pairs: Sequence[Mapping[str, Any]]) -> None:
        """Suggest these no more to this person: each is source_service_id and target_service_id. The oldest of more
        than 500 are forgotten. Raises InvalidInput.
        """
        identity.require(RELATION_WRITE)
        if not 1 <= len(pairs) <= SHOWN_LIMIT:
            raise InvalidInput({"suggestions": f"must be 1 to {SHOWN_LIMIT}, got {len(pairs)}"})
        new = dict.fromkeys(_key(pair) for pair in pairs)
        await self._keep(identity, "suggestion.dismiss", lambda old: [*(key for key in old if key not in new), *new])

    async def bring_back(self, identity: Identity) -> None:
        """Suggest again what this person dismissed."""
        identity.require(RELATION_WRITE)
        await self._keep(identity, "suggestion.restore", lambda old: [])

    async def _keep(self, identity: Identity, action: str, change: Callable[[list[str]], list[str]]) -> None:
        async with self._database.write() as conn:
            before = _keys(await load_setting(conn, _place(identity)))
            after = change(before)[-DISMISSED_LIMIT:]
            if after == before:
                return
            now = self._clock.now()
            await save_setting(conn, _place(identity), after, identity.name, now)
            added, gone = [key for key in after if key not in before], [key for key in before if key not in after]
            target = f"{len(added) or len(gone)} suggestions"
            await record(
                conn,
                identity,
                action,
                at=now,
                target_type="suggestion",
                target=target,
                before={"dismissed": gone} if gone else None,
                after={"dismissed": added} if added else None,
            )

    async def _all(self) -> list[Suggestion]:
        async with self._thinking:  # once for all who ask
            versions = self._board.definition_version, self._board.relation_revision
            if self._known is None or self._known[0] != versions:
                services, relations = [row.definition for row in self._board], list(self._board.relations)
                self._known = versions, await asyncio.to_thread(self._think, services, relations)
            return self._known[1]

    def _think(self, services: list[ServiceDefinition], relations: list[Relation]) -> list[Suggestion]:
        members = members_of(self._registry, services)
        graph = graph_of(self._registry, services, relations)
        related = {ends for relation in relations if (ends := graph.ends(relation)) is not None}
        told = _told(services)
        watched = [_watched(each, members.get(each.service_id, ()), told.get(each.service_id, ())) for each in services]
        guesses = suggestions(watched, related)
        closing = graph.closing((one.source, one.target) for one in guesses)
        return [one for one in guesses if (one.source, one.target) not in closing]


def _told(services: Iterable[ServiceDefinition]) -> dict[str, list[tuple[str, str]]]:
    """What sources say that their services need."""
    of_source: dict[int, list[tuple[str, Mapping[str, Any]]]] = {}
    for service in services:
        if service.source_pk is not None and service.gone_at is None:
            of_source.setdefault(service.source_pk, []).append((service.service_id, service.source_facts or {}))
    return {name: told for some in of_source.values() for name, told in needed_by(some).items()}


def _watched(service: ServiceDefinition, members: Sequence[str], told: Sequence[tuple[str, str]]) -> Watched:
    config = service.status_config
    fields = (*_ADDRESS_FIELDS, "name") if service.service_type == "dns" else _ADDRESS_FIELDS
    host = next(filter(None, (_host(config.get(name)) for name in fields)), "")
    names: dict[str, None] = {}
    # What a source brings names the service itself, and what it needs in words of its own.
    if not members and not service.source:
        for text in _texts(config):
            names |= dict.fromkeys(_names(text))
    kept = tuple(names)[:_NAMES_LIMIT]
    return Watched(service.service_id, service.service_type, service.group, host, kept, members, told)


def _host(address: object) -> str:
    """The host of a URL, or a host as it is; "" for anything else."""
    if not isinstance(address, str):
        return ""
    try:
        host = urlsplit(address).hostname if "://" in address else address
    except ValueError:
        return ""
    return (host or "").strip().strip("[]").removesuffix(".").lower()


def _texts(value: object, name: str = "") -> Iterator[str]:
    """Every text of a config at any depth, but for secrets; of an address under a secret's name only the host."""
    if is_sealed(value):
        return
    if isinstance(value, str):
        if not is_secret_name(name):
            yield value[:_TEXT_LIMIT]
        elif "://" in value:  # where a token comes from
            yield _host(value)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _texts(part, str(key))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part, name)


def _names(text: str) -> Iterator[str]:
    plain = text.strip().lower()
    for word in _WORD.findall(plain):
        if word == plain or _TELLING.fullmatch(word):
            yield word


def _key(pair: Mapping[str, Any]) -> str:
    ends = [given_text(name, pair.get(name), 63) for name in ("source_service_id", "target_service_id")]
    return " ".join(ends)


def _keys(stored: object) -> list[str]:
    return [key for key in stored if isinstance(key, str)] if isinstance(stored, list) else []


def _place(identity: Identity) -> str:
    """Where it is kept what somebody dismissed; a program without an account has its own place."""
    owner = str(identity.account_pk) if identity.account_pk is not None else identity.credential or identity.name
    return f"suggestions.{owner}"[:60]
