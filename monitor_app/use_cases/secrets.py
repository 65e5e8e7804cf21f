"""Keeping what is stored sealed: sealing what an older version stored in clear, and changing the key."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.errors import Conflict, SecretUnreadable
from monitor_app.log import get_logger
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.sealing import resealed, sealed, tokens_of
from monitor_app.redact import is_secret_name
from monitor_app.security.permissions import Identity
from monitor_app.security.vault import KeyFile, Vault, new_key
from monitor_app.storage import change_log, drafts
from monitor_app.storage import sealed as table
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record

_NAMED_LIMIT = 10

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SecretStatus:
    """How many secrets are stored, and how many of them are sealed with another than the first key.

    `lost` says where each of those is that no key opens that is here.
    """

    count: int
    old: int
    lost: tuple[str, ...]


async def seal_plain(database: Database, registry: KindRegistry, vault: Vault) -> int:
    """Seal what an older version has stored in clear; returns in how many services it was.

    Raises SecretUnreadable when there is no key, DatabaseUnavailable.
    """
    async with database.read() as conn:
        if not any(_sealed(registry, vault, stored) for stored in await table.load_configs(conn)):
            return 0
    count = 0
    async with database.write() as conn:
        await table.wait_for_others(conn)
        for stored in await table.load_configs(conn):
            if config := _sealed(registry, vault, stored):
                await table.store_config(conn, stored.pk, config)
                count += 1
        await _seal_changes(conn, registry, vault)
    logger.info("secrets that were stored in clear are sealed now", services=count)
    if not await database.forget_overwritten():
        logger.warning("traces of those secrets may be left in the database's file (docs/secrets.md)")
    return count


async def status(database: Database, vault: Vault) -> SecretStatus:
    """Look at every stored secret. Those of earlier versions do not count: nobody can give them anew.

    Raises DatabaseUnavailable.
    """
    async with database.read() as conn:
        places = [place async for place in _places(conn)]
    lost = tuple(where for where, token in places if not _is_readable(vault, token))
    old = sum(not vault.is_sealed_newest(token) for _, token in places) - len(lost)
    return SecretStatus(len(places), old, lost)


def named(places: Sequence[str]) -> str:
    """The first of them, each once, for a message."""
    each = list(dict.fromkeys(places))
    more = f" and {len(each) - _NAMED_LIMIT} more" if len(each) > _NAMED_LIMIT else ""
    return ", ".join(each[:_NAMED_LIMIT]) + more


async def rotate(database: Database, identity: Identity, vault: Vault, file: KeyFile | None, now: datetime) -> int:
    """Seal everything with a new key, then forget the old one; returns how many secrets there are.

    With a key file the new key is made here, and stands in the file beside the old one until all is sealed and surely
    on the disk: killed at any moment, nothing is lost, and the next call goes on. Without one, the first key of
    SECRET_KEY is the new one. Running processes notice by themselves. Raises SettingsError, DatabaseUnavailable, and
    Conflict when there is nothing that could be done.
    """
    if file is None:
        return await _seal_anew(database, identity, vault, now)
    with file.locked():
        keys = file.keys()
        if not keys:
            raise Conflict({"SECRET_KEY_FILE": f"must be there: {file.path} holds no key that could be changed"})
        if len(keys) == 1:
            keys = [new_key(), *keys]
            file.replace(keys)
        count = await _seal_anew(database, identity, Vault(file=file), now)
        await database.make_durable()
        file.replace(keys[:1])
    return count


async def _seal_anew(database: Database, identity: Identity, vault: Vault, now: datetime) -> int:
    """In one transaction; a secret that cannot be read stays as it is."""
    async with database.write() as conn:
        await table.wait_for_others(conn)
        change = _Changing(vault)
        count = 0
        for stored in await table.load_configs(conn):
            if tokens := tokens_of(stored.config):
                await table.store_config(conn, stored.pk, resealed(stored.config, change))
                count += len(tokens)
        for draft in await drafts.load_drafts(conn):
            if tokens := tokens_of(draft.content):
                await drafts.store_content(conn, draft.pk, resealed(draft.content, change))
                count += len(tokens)
        # Not counted: most are those of the services as they are.
        async for item in change_log.configs_of_items(conn, is_sealed=True):
            await change_log.store_item(conn, item.pk, resealed(item.before, change), resealed(item.after, change))
        for stands in await table.load_documents(conn):
            if tokens := tokens_of(stands.document):
                await table.store_document(conn, stands, resealed(stands.document, change))
                count += len(tokens)
        for place in await table.load_tokens(conn):
            await table.store_token(conn, place, change(place.token))
            count += 1
        await record(conn, identity, "secrets.rotate", at=now, target_type="secrets", after={"secrets": count})
    return count


class _Changing:
    """Gives each token its new one, always the same: what was equal stays equal, as undo compares them."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._changed: dict[str, str] = {}

    def __call__(self, token: str) -> str:
        if token not in self._changed:
            try:
                self._changed[token] = self._vault.resealed(token)
            except SecretUnreadable:
                self._changed[token] = token
        return self._changed[token]


async def _seal_changes(conn: AsyncConnection, registry: KindRegistry, vault: Vault) -> None:
    """The same for what changes have done to configs."""
    async for item in change_log.configs_of_items(conn, is_sealed=False):
        sides = []
        for side in (item.before, item.after):
            if side is not None and "status_config" in side:
                stored = table.StoredConfig(item.service_pk, "", str(side.get("kind", "")), side["status_config"])
                side = {**side, "status_config": _sealed(registry, vault, stored) or side["status_config"]}
            sides.append(side)
        if sides != [item.before, item.after]:
            await change_log.store_item(conn, item.pk, *sides)


def _sealed(registry: KindRegistry, vault: Vault, stored: table.StoredConfig) -> dict[str, Any] | None:
    """The config with all its secrets sealed; None when they are."""
    try:
        secret_fields = registry[stored.kind].secret_fields
    except Exception:  # noqa: BLE001 - its folder is gone or broken: by the names of the fields, as far as they tell
        secret_fields = frozenset(filter(is_secret_name, stored.config))
    found = sealed(stored.config, secret_fields, vault)
    return found if len(tokens_of(found)) != len(tokens_of(stored.config)) else None


async def _places(conn: AsyncConnection) -> AsyncIterator[tuple[str, str]]:
    """Where each secret is, in words, and its token."""
    for stored in await table.load_configs(conn):
        for token in tokens_of(stored.config):
            yield f"service {stored.service_id}", token
    names = await drafts.owners(conn)
    for draft in await drafts.load_drafts(conn):
        for token in tokens_of(draft.content):
            yield f"a draft of {names[draft.account_pk]}", token
    for stands in await table.load_documents(conn):
        for token in tokens_of(stands.document):
            yield f"{stands.table} {', '.join(map(str, stands.key))}", token
    for place in await table.load_tokens(conn):
        yield f"{place.table} {', '.join(map(str, place.key))}", place.token


def _is_readable(vault: Vault, token: str) -> bool:
    try:
        vault.unseal(token)
    except SecretUnreadable:
        return False
    return True
