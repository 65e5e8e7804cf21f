"""The whole configuration as one file: services, relations, groups and settings; no history, no accounts, no demo.

It is in the order of names, so the same configuration is the same file, byte by byte, whichever database it is in.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from monitor_app.domain.group import Group
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, InvalidInput, NotFound, SecretUnreadable
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.sealing import masked
from monitor_app.security.passphrase import PassphraseBox, checked_passphrase
from monitor_app.security.permissions import CONFIG_EXPORT, SECRET_EXPORT, SETTING_MANAGE, Identity
from monitor_app.storage.database import Database
from monitor_app.storage.groups import load_groups
from monitor_app.storage.relations import load_relations
from monitor_app.storage.services import load_services
from monitor_app.storage.settings import load_security_settings
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.configuration.document import SERVICE_FIELDS
from monitor_app.use_cases.configuration.reading import VERSION
from monitor_app.use_cases.groups import view_of
from monitor_app.use_cases.portable.formats import Format, Table
from monitor_app.use_cases.portable.secrets import encrypted
from monitor_app.use_cases.portable.tables import relations_csv, services_csv
from monitor_app.use_cases.portable.writing import as_json, as_yaml
from monitor_app.use_cases.services import Clock

_MASKED: Final = """\
# Lightbulb's configuration: `python -m monitor_app import FILE` brings it back. Secrets are left out: where *** stands,
# the one that is stored stays.
"""
_ENCRYPTED: Final = """\
# Lightbulb's configuration: `python -m monitor_app import FILE --passphrase` brings it back. Secrets are encrypted.
"""


@dataclass(frozen=True, slots=True)
class _Stored:
    services: Sequence[ServiceDefinition]
    relations: Sequence[Mapping[str, Any]]
    groups: Mapping[str, Any]
    settings: Mapping[str, Any] | None


class Exporting:
    """Needs the permission config:export, with secrets also secret:export; settings are there for setting:manage."""

    def __init__(self, database: Database, registry: KindRegistry, clock: Clock) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock

    async def export(
        self,
        identity: Identity,
        form: Format = "yaml",
        table: Table = "services",
        passphrase: str | None = None,
        only: Collection[str] | None = None,
    ) -> str:
        """The file's text; `table` says which one of a CSV.

        `only` are the service_ids of those that are wanted, with the relations among them and their groups, and no
        settings; those of the demo come along when they are named. One that is not there is left out.

        Secrets are masked, or with a passphrase encrypted one by one. Raises InvalidInput for a passphrase that is too
        short; Conflict, naming the fields, when a secret cannot be read any more.
        """
        identity.require(CONFIG_EXPORT)
        box: PassphraseBox | None = None
        if passphrase is not None:
            identity.require(SECRET_EXPORT)
            box = PassphraseBox(checked_passphrase(passphrase))
        stored = await self._load(identity, None if only is None else frozenset(only))
        text = await asyncio.to_thread(self._text, stored, form, table, box)
        if box is not None:
            async with self._database.write() as conn:
                await record(
                    conn,
                    identity,
                    "config.export_secrets",
                    at=self._clock.now(),
                    target_type="configuration",
                    target=f"{table}.csv" if form == "csv" else form,
                    after={"services": len(stored.services)},
                )
        return text

    async def _load(self, identity: Identity, only: frozenset[str] | None) -> _Stored:
        async with self._database.read() as conn:
            found = await load_services(conn)
            # What a source tells of comes back with its next poll, wherever it is connected.
            ours = [each for each in found if not each.source]
            services = [each for each in ours if (not each.is_demo if only is None else each.service_id in only)]
            names = {service.pk: service.service_id for service in services}
            relations = [shown for each in await load_relations(conn) if (shown := _shown_relation(each, names))]
            groups = {group.name: _shown_group(group, names) for group in await load_groups(conn)}
            has_settings = only is None and identity.may(SETTING_MANAGE)
            settings = (await load_security_settings(conn)).to_dict() if has_settings else None
        if only is not None:
            groups = _with_parents(groups, {service.group for service in services})
        return _Stored(
            sorted(services, key=lambda service: service.service_id),
            sorted(relations, key=lambda shown: (shown["source"], shown["target"], shown["relation_type"])),
            # By the text itself: databases have orders of their own.
            dict(sorted(groups.items())),
            settings,
        )

    def _text(self, stored: _Stored, form: Format, table: Table, box: PassphraseBox | None) -> str:
        if form == "csv" and table == "relations":
            return relations_csv(stored.relations)
        services = {service.service_id: self._shown(service, box) for service in stored.services}
        if form == "csv":
            return services_csv([{"service_id": name, **shown} for name, shown in services.items()])
        document: dict[str, Any] = {"version": VERSION}
        if stored.settings is not None:
            document["settings"] = {"security": stored.settings}
        document |= {"groups": stored.groups, "services": services, "relations": stored.relations}
        head = _MASKED if box is None else _ENCRYPTED
        return as_yaml(document, head) if form == "yaml" else as_json(document)

    def _shown(self, service: ServiceDefinition, box: PassphraseBox | None) -> dict[str, Any]:
        values = {name: getattr(service, name) for name in SERVICE_FIELDS}
        config = self._in_order(service)
        shown = masked(config) if box is None else self._encrypted(service, config, box)
        return values | {
            "tags": list(service.tags),
            "status_config": shown,
            "metric_config": dict(service.metric_config),
        }

    def _encrypted(self, service: ServiceDefinition, config: Mapping[str, Any], box: PassphraseBox) -> Any:
        kind = self._registry[service.kind]
        sealer = kind.sealer
        if sealer is None:
            raise SecretUnreadable("secrets cannot be read: there is no key here")
        try:
            return encrypted(config, sealer.unseal, box, service.service_id, kind.parse(config).secrets_go_to)
        except (SecretUnreadable, InvalidInput) as err:
            raise Conflict({service.service_id: f"{err}; give it anew, or export without secrets"}) from err

    def _in_order(self, service: ServiceDefinition) -> dict[str, Any]:
        """The config in the order of its kind's form, however it was stored."""
        try:
            order = [field.name for field in self._registry[service.kind].fields]
        except NotFound:  # of a kind that is not here any more
            order = []
        config = service.status_config
        return {name: config[name] for name in [*order, *config] if name in config}


def _shown_group(group: Group, names: Mapping[int, str]) -> dict[str, Any]:
    """What people say of it; where it stands and how its status follows only where that is something else."""
    view = view_of(group.name, group, names)
    more = {"parent": view.parent} if view.parent else {}
    return {"description": view.description, **more} | ({"rollup": view.rollup} if view.rollup else {})


def _with_parents(groups: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """Those that are named, and the groups that they are in."""
    wanted: set[str] = set()
    while names := {name for name in names if name in groups} - wanted:
        wanted |= names
        names = {groups[name].get("parent", "") for name in names}
    return {name: groups[name] for name in groups if name in wanted}


def _shown_relation(relation: Relation, names: Mapping[int, str]) -> dict[str, Any] | None:
    """By the names of its ends; None for one of the demo, or of a service that was deleted."""
    source, target = names.get(relation.source_pk), names.get(relation.target_pk)
    if source is None or target is None:
        return None
    return {
        "source": source,
        "target": target,
        "relation_type": relation.relation_type,
        "enabled": relation.enabled,
        "note": relation.note,
    }
