"""Makes the service table as a source says: one transaction a poll, and a line of the audit log where it changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.audit import AuditEntry
from monitor_app.domain.hold import Hold
from monitor_app.domain.service import RESERVED_SERVICE_IDS, ServiceDefinition
from monitor_app.domain.slug import alternatives_of_source
from monitor_app.domain.source import (
    Comparison,
    Known,
    Observation,
    Observed,
    Reading,
    Source,
    SourceState,
    changed_values,
    compare,
    needs_hold,
)
from monitor_app.models.counter import SERVICE_REVISION
from monitor_app.storage import audit
from monitor_app.storage import services as table
from monitor_app.storage.database import Database
from monitor_app.storage.sources import (
    load_pks_gone_before,
    load_pks_of_source,
    store_observations,
    store_source_state,
)

_AUDITED_LIMIT = 50
# So many services of one name get a plain hash of their own before anybody would have to look further.
_NAMES_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Wording:
    """How a kind of source is called, and what its services are."""

    title: str
    check_kind: str
    service_type: str


@dataclass(slots=True)
class Synced:
    """What a poll changed, by public names; `pks` has the key of each service that is there."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    # Of those that changed, those of which more is different than what the source merely says of them.
    noted: list[str] = field(default_factory=list)
    pks: dict[str, int] = field(default_factory=dict)
    missed: Mapping[str, int] = field(default_factory=dict)
    doubt: str = ""

    @property
    def is_news(self) -> bool:
        """Whether the service table was changed."""
        return bool(self.changed or self.is_worth_a_line)

    @property
    def is_worth_a_line(self) -> bool:
        """Whether the audit log tells of it: meta that changes with each poll would fill it."""
        return bool(self.new or self.noted or self.gone or self.returned or self.removed)


def known_of(service: ServiceDefinition) -> Known:
    """What a comparison needs of a service."""
    return Known(
        pk=service.pk,
        key=service.source_key,
        label=service.label,
        tags=service.tags,
        config=service.status_config,
        facts=service.source_facts or {},
        interval_seconds=service.interval_seconds,
        is_gone=service.gone_at is not None,
        maintenance=service.maintenance,
    )


class Sync:
    """Writes for one source. `who` holds services of which the source says that they rest or are gone."""

    def __init__(self, database: Database, source: Source, wording: Wording) -> None:
        self._database = database
        self._source = source
        self._wording = wording
        self._is_cleaned_until: datetime | None = None

    @property
    def who(self) -> str:
        """Whom holds name that the source itself has made."""
        return self._wording.title

    def compare(
        self, reading: Reading, known: Sequence[Known], missed: Mapping[str, int], *, is_counted: bool, most: int = 0
    ) -> Comparison:
        """What a reading means for these services."""
        return compare(
            reading,
            known,
            missed,
            who=self.who,
            interval_seconds=self._source.interval_seconds,
            is_counted=is_counted,
            most=most,
        )

    async def write(
        self,
        reading: Reading,
        known: Sequence[Known],
        missed: Mapping[str, int],
        now: datetime,
        *,
        is_counted: bool,
        most: int = 0,
    ) -> Synced:
        """Bring the table to what was read. Raises DatabaseUnavailable; nothing is written then."""
        found = self.compare(reading, known, missed, is_counted=is_counted, most=most)
        if not (found.new or found.changed or found.gone) and not self._is_cleaning_due(now):
            return Synced(missed=found.missed, doubt=found.doubt)
        async with self._database.write() as conn:
            # Whoever changes services waits here, so what is read now stays true.
            await table.raise_counter(conn, SERVICE_REVISION)
            by_pk = await self._load(conn)
            # The oldest wins where two have one key, as one that was deleted and restored may.
            present = [known_of(service) for service in by_pk.values()]
            found = self.compare(reading, present, missed, is_counted=is_counted, most=most)
            synced = Synced(missed=found.missed, doubt=found.doubt)
            await self._change(conn, found, by_pk, synced, now, reading.hidden)
            await self._add(conn, found.new, synced, now)
            await self._remove(conn, by_pk, synced, now)
            if synced.is_worth_a_line:
                await self._audit(conn, synced, now)
        self._is_cleaned_until = now + timedelta(hours=1)
        return synced

    async def store(self, state: SourceState | None, observations: Sequence[Observation]) -> None:
        """Write how the source is and what it told. Raises DatabaseUnavailable."""
        if state is None and not observations:
            return
        async with self._database.write() as conn:
            if state is not None:
                await store_source_state(conn, state)
            if observations:
                there = set(await load_pks_of_source(conn, self._source.pk))
                await store_observations(conn, [each for each in observations if each.service_pk in there])

    def _is_cleaning_due(self, now: datetime) -> bool:
        return self._is_cleaned_until is None or now >= self._is_cleaned_until

    async def _load(self, conn: AsyncConnection) -> dict[int, ServiceDefinition]:
        pks = await load_pks_of_source(conn, self._source.pk)
        found = await table.load_services_by_pk(conn, pks)
        return {pk: found[pk] for pk in sorted(found)}

    async def _change(
        self,
        conn: AsyncConnection,
        found: Comparison,
        by_pk: Mapping[int, ServiceDefinition],
        synced: Synced,
        now: datetime,
        hidden: str,
    ) -> None:
        changes = []
        for pk in found.changed:
            service, observed = by_pk[pk], found.kept[pk]
            columns = self._columns(service, observed, now)
            changes.append((pk, columns))
            if pk in found.returned:
                synced.returned.append(service.service_id)
                continue
            synced.changed.append(service.service_id)
            before = self._as_it_is(service)
            if any(columns[name] != before[name] for name in before if name != "source_facts"):
                synced.noted.append(service.service_id)
        for pk in found.gone:
            service = by_pk[pk]
            changes.append((pk, self._gone(service, now, hidden)))
            synced.gone.append(service.service_id)
        await table.update_services(conn, changes)

    def _columns(self, service: ServiceDefinition, observed: Observed, now: datetime) -> dict[str, Any]:
        known = known_of(service)
        values = self._as_it_is(service) | changed_values(known, observed, self._source.interval_seconds)
        if service.gone_at is not None:
            values["gone_at"] = None
            if service.pause is not None and service.pause.who == self.who:
                values |= {"enabled": True, "pause": None}
        if needs_hold(known, observed, self.who):
            reason = observed.maintenance
            hold = None if reason is None else Hold(self.who, reason, now)
            values["maintenance"] = table.hold_document(hold)
        return values | {"updated_at": now}

    def _gone(self, service: ServiceDefinition, now: datetime, hidden: str) -> dict[str, Any]:
        values = self._as_it_is(service) | {"gone_at": now, "updated_at": now}
        if service.enabled:
            reason = f"gone from {self._wording.title} since {now:%Y-%m-%d %H:%M} UTC"
            reason += f" (or only hidden: {hidden})" if hidden else ""
            values |= {"enabled": False, "pause": table.hold_document(Hold(self.who, reason, now))}
        if service.maintenance is not None and service.maintenance.who == self.who:
            values["maintenance"] = None
        return values

    def _as_it_is(self, service: ServiceDefinition) -> dict[str, Any]:
        """All columns that a source may change: those of one statement have the same names."""
        return {
            "label": service.label,
            "tags": list(service.tags),
            "status_config": dict(service.status_config),
            "source_facts": dict(service.source_facts or {}),
            "interval_seconds": service.interval_seconds,
            "gone_at": service.gone_at,
            "enabled": service.enabled,
            "pause": table.hold_document(service.pause),
            "maintenance": table.hold_document(service.maintenance),
        }

    async def _add(self, conn: AsyncConnection, new: Sequence[Observed], synced: Synced, now: datetime) -> None:
        names = await _free_ids(conn, new)
        rows = [
            {
                "service_id": name,
                "label": observed.label,
                "service_type": self._wording.service_type,
                "kind": self._wording.check_kind,
                "group": self._source.group,
                "tags": list(observed.tags),
                "status_config": dict(observed.config),
                "interval_seconds": self._source.interval_seconds,
                "owner": self._source.owner or None,
                "source": self._source.kind,
                "source_pk": self._source.pk,
                "source_key": observed.key,
                "source_facts": dict(observed.facts),
                "maintenance": self._resting(observed, now),
                "created_at": now,
                "updated_at": now,
            }
            for name, observed in zip(names, new, strict=True)
        ]
        added = await table.insert_services(conn, rows)
        synced.new += names
        synced.pks = {service.source_key: service.pk for service in added}

    def _resting(self, observed: Observed, now: datetime) -> dict[str, Any] | None:
        reason = observed.maintenance
        return None if reason is None else table.hold_document(Hold(self.who, reason, now))

    async def _remove(
        self, conn: AsyncConnection, by_pk: Mapping[int, ServiceDefinition], synced: Synced, now: datetime
    ) -> None:
        """Those that have been gone for long are deleted, as a person would: they can be restored for a while."""
        before = now - timedelta(days=self._source.keep_gone_days)
        gone = await load_pks_gone_before(conn, self._source.pk, before)
        if gone:
            await table.delete_services(conn, gone, now)
            synced.removed += [by_pk[pk].service_id for pk in gone if pk in by_pk]

    async def _audit(self, conn: AsyncConnection, synced: Synced, now: datetime) -> None:
        said = {
            "new": synced.new,
            "changed": synced.noted,
            "gone": synced.gone,
            "returned": synced.returned,
            "removed": synced.removed,
        }
        after = {name: _some(names) for name, names in said.items() if names}
        entry = AuditEntry(
            who=self._wording.title,
            role="source",
            action="source.sync",
            target_type="source",
            target=self._source.slug,
            via="program",
            after=after,
        )
        await audit.append(conn, entry, now)


def _some(names: Sequence[str]) -> list[str]:
    more = len(names) - _AUDITED_LIMIT
    return [*names[:_AUDITED_LIMIT], *([f"and {more} more"] if more > 0 else [])]


async def _free_ids(conn: AsyncConnection, new: Sequence[Observed]) -> list[str]:
    """A public name for each, by the documented rule: the slug of its id at the source, with a hash where taken."""
    chosen: dict[int, str] = {}
    used: set[str] = set(RESERVED_SERVICE_IDS)
    waiting = {number: alternatives_of_source(each.name, each.key) for number, each in enumerate(new)}
    while waiting:
        candidates = {number: list(islice(names, _NAMES_AT_ONCE)) for number, names in waiting.items()}
        taken = await table.taken_service_ids(conn, _flat(candidates.values()))
        for number, names in candidates.items():
            free = next((name for name in names if name not in taken and name not in used), None)
            if free is not None:
                chosen[number] = free
                used.add(free)
                del waiting[number]
    return [chosen[number] for number in range(len(new))]


def _flat(lists: Iterable[Sequence[str]]) -> set[str]:
    return {name for names in lists for name in names}
