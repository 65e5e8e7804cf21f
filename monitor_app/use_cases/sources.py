"""Connections to other systems that tell about services: kept by editors, tried before they are saved, polled now."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.bus.local import Bus
from monitor_app.domain.events import ServicesChanged
from monitor_app.domain.given import given_number, given_text
from monitor_app.domain.service import GROUP_LIMIT, LABEL_LIMIT, RESERVED_SERVICE_IDS, SERVICE_ID_PATTERN
from monitor_app.domain.slug import slug
from monitor_app.domain.source import (
    POLL_MAX_SECONDS,
    POLL_MIN_SECONDS,
    Observation,
    Reading,
    Source,
    SourceState,
    State,
)
from monitor_app.errors import Busy, Conflict, InvalidInput, LightbulbError, NotFound, PermissionDenied
from monitor_app.models.counter import SERVICE_REVISION, SOURCE_REVISION
from monitor_app.plugins.sealing import masked
from monitor_app.plugins.source_kinds import SourceConfig, SourceContext, SourceKind, SourceRegistry
from monitor_app.redact import MASK
from monitor_app.security.permissions import (
    BOARD_READ,
    CHECK_RUN,
    MONITOR_READ,
    SERVICE_DELETE,
    SERVICE_DELETE_ANY,
    SOURCE_WRITE,
    Identity,
)
from monitor_app.storage import services as service_table
from monitor_app.storage import sources as table
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.config_input import parse_config_of
from monitor_app.use_cases.services import Clock

FIELDS: Final = ("slug", "kind", "label", "config", "interval_seconds", "keep_gone_days", "group", "enabled")
SOURCES_LIMIT: Final = 50
KEEP_DAYS_MAX: Final = 3650
TRY_SECONDS: Final = 30.0
_TRIES_LIMIT: Final = 5
_HIDDEN: Final = "it does not answer"
# What paths of the API have where a slug would stand.
_OWN_WORDS: Final = RESERVED_SERVICE_IDS | {"test", "kinds", "services"}
_SLUG_LIMIT: Final = 63
_DEFAULTS: Final[Mapping[str, Any]] = {"interval_seconds": 60, "keep_gone_days": 30, "group": "", "enabled": True}


@dataclass(frozen=True, slots=True)
class SourceView:
    """A connection as people may see it: secrets are `***`. `state` is None before the first poll."""

    source: Source
    config: Mapping[str, Any]
    target: str
    state: SourceState | None

    @property
    def shown_state(self) -> State | str:
        """ok, doubted, away, waiting (for its first poll) or paused."""
        if not self.source.enabled:
            return "paused"
        return "waiting" if self.state is None else self.state.state


@dataclass(frozen=True, slots=True)
class Tried:
    """What one try of a connection showed; `error` is "" where it works.

    `warning` says that another connection reads the same already, "" where none does.
    """

    error: str
    services: int = 0
    checks: int = 0
    facts: Mapping[str, Any] | None = None
    warning: str = ""


class SourceUseCases:
    """Reading needs board:read, keeping source:write. Who has no account is not told addresses and outputs."""

    def __init__(self, database: Database, registry: SourceRegistry, network: Any, clock: Clock, bus: Bus) -> None:
        self._database = database
        self._registry = registry
        self._network = network
        self._clock = clock
        self._bus = bus
        self._tries = 0

    @property
    def kinds(self) -> Sequence[SourceKind]:
        """All kinds of sources."""
        return list(self._registry)

    async def list_all(self, identity: Identity, kind: str = "") -> list[SourceView]:
        """All connections, or those of a kind, by label."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            sources, states = await table.load_sources(conn), await table.load_source_states(conn)
        return [self._view(identity, each, states.get(each.pk)) for each in sources if kind in ("", each.kind)]

    async def get(self, identity: Identity, name: str) -> SourceView:
        """One of them. Raises NotFound."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            source = await _found(conn, name)
            states = await table.load_source_states(conn)
        return self._view(identity, source, states.get(source.pk))

    async def observations(self, identity: Identity, pks: Sequence[int]) -> dict[int, Observation]:
        """What sources told last of these services, each check with its output, by the service's pk."""
        identity.require(BOARD_READ)
        async with self._database.read() as conn:
            found = await table.load_observations(conn, pks)
        if identity.may(MONITOR_READ):
            return found
        return {
            pk: replace(each, checks=tuple({**check, "output": ""} for check in each.checks))
            for pk, each in found.items()
        }

    async def create(self, identity: Identity, values: Mapping[str, Any]) -> SourceView:
        """Keep a new one: `kind`, `label`, `config`, and what else of FIELDS is given.

        Raises InvalidInput with a message for each wrong field, Conflict for a slug that is taken or too many.
        """
        identity.require(SOURCE_WRITE)
        columns, config = self._columns({**_DEFAULTS, **values}, None)
        async with self._database.write() as conn:
            await service_table.raise_counter(conn, SOURCE_REVISION)
            every = await table.load_sources(conn)
            if len(every) >= SOURCES_LIMIT:
                raise Conflict({"label": f"cannot be kept: there are {SOURCES_LIMIT} connections; delete some first"})
            columns["slug"] = _free_slug(columns, every, config)
            now, kind = self._clock.now(), self._registry[columns["kind"]]
            made = {"owner": identity.name, "created_at": now, "updated_at": now}
            source = await table.insert_source(conn, columns | made | {"config": kind.stored(config)})
            await self._record(conn, identity, "source.create", source, after=_shown(source))
        return self._view(identity, source, None)

    async def update(self, identity: Identity, name: str, values: Mapping[str, Any]) -> SourceView:
        """Change what is named; a config comes whole, and `***` in it stands for the secret that is stored.

        Raises NotFound, InvalidInput, Conflict.
        """
        identity.require(SOURCE_WRITE)
        async with self._database.write() as conn:
            await service_table.raise_counter(conn, SOURCE_REVISION)
            before = await _found(conn, name)
            kept = {field: getattr(before, field) for field in FIELDS} | {"config": self._shown_config(before)}
            columns, config = self._columns(kept | dict(values), before)
            kind = self._registry[before.kind]
            columns |= {"config": kind.stored(config, before.config), "updated_at": self._clock.now()}
            source = await table.update_source(conn, before.pk, columns)
            old, new = _shown(before), _shown(source)
            changed = [field for field in new if new[field] != old[field]]
            sides = {side: {field: of[field] for field in changed} for side, of in (("before", old), ("after", new))}
            await self._record(conn, identity, "source.update", source, **sides)
            states = await table.load_source_states(conn)
        return self._view(identity, source, states.get(source.pk))

    async def delete(self, identity: Identity, name: str) -> int:
        """Take one away together with its services, which can be restored for a while; returns how many those were.

        Raises NotFound, and PermissionDenied for who may not delete services.
        """
        identity.require(SOURCE_WRITE)
        identity.require(SERVICE_DELETE)
        async with self._database.write() as conn:
            await service_table.raise_counter(conn, SERVICE_REVISION)
            source = await _found(conn, name)
            if source.owner != identity.name and not identity.may(SERVICE_DELETE_ANY):
                raise PermissionDenied(f"{identity.name} ({identity.role}) may not delete what others made")
            pks = await table.load_pks_of_source(conn, source.pk)
            revision = await service_table.delete_services(conn, pks, self._clock.now())
            await table.delete_source(conn, source.pk)
            said = _shown(source) | {"services": len(pks)}
            await self._record(conn, identity, "source.delete", source, before=said)
        self._bus.publish(ServicesChanged(revision))
        return len(pks)

    async def poll_now(self, identity: Identity, name: str) -> SourceView:
        """Have one polled at once; what is found comes as from every poll. Raises NotFound, Conflict when paused."""
        identity.require(CHECK_RUN)
        async with self._database.write() as conn:
            source = await _found(conn, name)
            if not source.enabled:
                raise Conflict({"source": f"{source.label} is paused: switch it on first"})
            await table.want_poll(conn, source.pk)
            states = await table.load_source_states(conn)
            await self._record(conn, identity, "source.poll", source)
        return self._view(identity, source, states.get(source.pk))

    async def try_out(self, identity: Identity, kind_name: str, config: Mapping[str, Any], known: str = "") -> Tried:
        """Read once with the values of a form, without saving anything.

        `known` is the slug of the connection that is changed, whose secrets `***` stands for. Raises InvalidInput with
        a message for each wrong field, NotFound, Busy.
        """
        identity.require(SOURCE_WRITE)
        before: Source | None = None
        if known:
            async with self._database.read() as conn:
                before = await _found(conn, known)
        kind = self._kind(kind_name)
        parsed = self._parsed(kind, config, before)
        if self._tries >= _TRIES_LIMIT:
            raise Busy("too many connections are being tried already: try again in a moment")
        self._tries += 1
        try:
            async with asyncio.timeout(TRY_SECONDS):
                reading: Reading = await kind.poller.poll(SourceContext(self._network), parsed)
        except TimeoutError:
            return Tried(f"it did not answer everything within {TRY_SECONDS:g} s")
        except LightbulbError as err:
            return Tried(str(err))
        finally:
            self._tries -= 1
        warning = await self._read_already(kind.name, reading, None if before is None else before.pk)
        return Tried("", len(reading.services), reading.check_count, reading.facts, warning)

    async def _read_already(self, kind: str, reading: Reading, own_pk: int | None) -> str:
        """That services of another connection are these: the same ids, at a source that calls itself the same."""
        keys = {each.key for each in reading.services}
        async with self._database.read() as conn:
            theirs = await table.load_keys(conn, kind)
            states = await table.load_source_states(conn)
            labels = {source.pk: source.label for source in await table.load_sources(conn)}
        for pk, known in theirs.items():
            state, count = states.get(pk), len(keys & known)
            is_same = state is not None and state.facts.get("datacentre") == reading.facts.get("datacentre")
            if count and is_same and pk != own_pk and pk in labels:
                return f"{labels[pk]} tells of {count} of these {len(keys)} services already: they would be here twice."
        return ""

    def _view(self, identity: Identity, source: Source, state: SourceState | None) -> SourceView:
        if not identity.may(MONITOR_READ):
            hidden = None if state is None else replace(state, error=state.error and _HIDDEN)
            return SourceView(source, {}, "", hidden)
        return SourceView(source, self._shown_config(source), str(source.config.get("address", "")), state)

    def _shown_config(self, source: Source) -> dict[str, Any]:
        """Without secrets, also where nothing is sealed, as there is no vault."""
        try:
            secret = self._registry[source.kind].secret_fields
        except NotFound:
            secret = frozenset(source.config)
        return {name: MASK if name in secret and value else value for name, value in masked(source.config).items()}

    def _kind(self, name: Any) -> SourceKind:
        try:
            return self._registry[str(name)]
        except NotFound as err:
            raise InvalidInput({"kind": str(err).removeprefix("kind ")}) from err

    def _parsed(self, kind: SourceKind, config: Any, before: Source | None) -> SourceConfig:
        parsed = parse_config_of(kind, config, None if before is None else before.config)
        assert isinstance(parsed, SourceConfig)
        return parsed

    def _columns(self, given: Mapping[str, Any], before: Source | None) -> tuple[dict[str, Any], SourceConfig]:
        """What is to be written but for the config. Raises InvalidInput with a message for each wrong field."""
        wrong: dict[str, str] = {}
        columns: dict[str, Any] = {}
        if strange := [name for name in given if name not in FIELDS]:
            wrong[str(strange[0])] = f"is not known: a connection has {', '.join(FIELDS)}"
        if not isinstance(given.get("enabled"), bool):
            wrong["enabled"] = "must be true or false"
        checks: Mapping[str, Any] = {
            "label": lambda value: given_text("label", value, LABEL_LIMIT),
            "group": lambda value: given_text("group", value, GROUP_LIMIT, is_required=False),
            "interval_seconds": lambda value: given_number(
                "interval_seconds", value, POLL_MIN_SECONDS, POLL_MAX_SECONDS
            ),
            "keep_gone_days": lambda value: given_number("keep_gone_days", value, 1, KEEP_DAYS_MAX),
            "slug": _given_slug,
        }
        for name, check in checks.items():
            try:
                columns[name] = check(given.get(name))
            except InvalidInput as err:
                wrong |= err.fields
        config: SourceConfig | None = None
        try:
            kind = self._kind(given.get("kind") if before is None else before.kind)
            if before is not None and given.get("kind") != before.kind:
                wrong["kind"] = "stays as it is: make another connection instead"
            config = self._parsed(kind, given.get("config") or {}, before)
            columns["kind"] = kind.name
        except InvalidInput as err:
            wrong |= {("config" if name == "status_config" else name): text for name, text in err.fields.items()}
        if wrong or config is None:
            raise InvalidInput(wrong)
        if before is not None and not columns["slug"]:
            columns["slug"] = before.slug
        return columns | {"enabled": given["enabled"]}, config

    async def _record(
        self, conn: AsyncConnection, identity: Identity, action: str, source: Source, **sides: Any
    ) -> None:
        await record(conn, identity, action, at=self._clock.now(), target_type="source", target=source.slug, **sides)


async def _found(conn: AsyncConnection, name: Any) -> Source:
    source = await table.find_source(conn, name) if isinstance(name, str) and len(name) <= _SLUG_LIMIT else None
    if source is None:
        raise NotFound("there is no such connection")
    return source


def _given_slug(value: Any) -> str:
    text = given_text("slug", value or "", _SLUG_LIMIT, is_required=False)
    if text and (not SERVICE_ID_PATTERN.fullmatch(text) or text in _OWN_WORDS):
        raise InvalidInput({"slug": "must be lower-case letters, digits and hyphens, and no word that addresses use"})
    return text


def _free_slug(columns: Mapping[str, Any], every: Sequence[Source], config: SourceConfig) -> str:
    """What was asked for, else one made of the label. Raises Conflict."""
    taken = {source.slug for source in every} | _OWN_WORDS
    wanted: str = columns["slug"]
    if wanted:
        if wanted in taken:
            raise Conflict({"slug": "is taken by another connection"})
        return wanted
    base = slug(columns["label"]) or slug(config.target) or "source"
    numbered = (f"{base[: _SLUG_LIMIT - 4].rstrip('-')}-{number}" for number in range(2, SOURCES_LIMIT + 10))
    return next(name for name in (base, *numbered) if name not in taken)


def _shown(source: Source) -> dict[str, Any]:
    """A connection as the audit log shows it, without secrets."""
    return {field: getattr(source, field) for field in FIELDS} | {"config": masked(source.config)}
