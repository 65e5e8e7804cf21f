"""Channels: where notifications go. Editors keep those of all, everybody keeps their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.channel import CHANNELS_LIMIT, Channel
from monitor_app.domain.alerting.policy import Target
from monitor_app.domain.given import given_pk
from monitor_app.errors import Conflict, InvalidInput, NotFound, SecretUnreadable
from monitor_app.net.network import Network
from monitor_app.plugins.notifier_kinds import NotifierConfig, NotifierRegistry
from monitor_app.plugins.sealing import masked
from monitor_app.security.permissions import CHANNEL_WRITE, MONITOR_READ, PROFILE_MANAGE, Identity
from monitor_app.storage import channels as table
from monitor_app.storage.accounts import find_account, load_accounts
from monitor_app.storage.alerting_lock import lock
from monitor_app.storage.database import Database
from monitor_app.storage.on_call import load_policies
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.channel_input import ChannelEntry, must_be_allowed, parse_channel
from monitor_app.use_cases.services import Clock

OWN_LIMIT: Final = 20
_UNUSABLE: Final = "cannot be used: who may change it sees why"


@dataclass(frozen=True, slots=True)
class ChannelView:
    """A channel as one may see it. Where it leads and what providers said is empty for who may not change it.

    `used_by` names the escalation policies that send here; `trouble` says why nothing could be sent at all.
    """

    channel: Channel
    kind_title: str
    target: str
    config: Mapping[str, Any]
    owner: str
    is_mine: bool
    may_change: bool
    used_by: tuple[str, ...]
    trouble: str = ""


class ChannelUseCases:
    """Everybody with an account sees which channels there are, but for those of others."""

    def __init__(self, database: Database, registry: NotifierRegistry, clock: Clock, network: Network) -> None:
        self._database = database
        self.registry = registry
        self._clock = clock
        self._network = network

    async def list_for(self, identity: Identity) -> list[ChannelView]:
        """Those of all and one's own, by name; who may change channels sees those of others, too."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            every = await table.load_channels(conn)
            return await self._views(conn, identity, [each for each in every if _may_see(identity, each)])

    async def get(self, identity: Identity, pk: Any) -> ChannelView:
        """Raises NotFound."""
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            return await self._view(conn, identity, await _found(conn, identity, pk))

    async def people(self, identity: Identity) -> list[str]:
        """Whom a channel may belong to: oneself, and anybody for who may change channels."""
        identity.require(MONITOR_READ)
        if not identity.may(CHANNEL_WRITE):
            return [identity.name] if identity.account_pk is not None else []
        async with self._database.read() as conn:
            return [account.username for account in await load_accounts(conn) if not account.is_disabled]

    async def create(self, identity: Identity, values: Mapping[str, Any]) -> ChannelView:
        """Keep a new one. Its alerts without a policy go there unless `is_default` says otherwise.

        Raises InvalidInput with a message for each wrong field, Conflict for a name that is taken or too many, and
        PermissionDenied.
        """
        identity.require(MONITOR_READ)
        usual = {"enabled": True, "is_default": True, "templates": {}, "config": {}}
        entry = parse_channel(self.registry, {**usual, **_owned(identity, values)})
        await must_be_allowed(identity, self._network, entry.config)
        now = self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            account_pk = await _owner_pk(conn, identity, entry.owner)
            every = await table.load_channels(conn)
            _must_fit(every, identity, account_pk)
            _must_be_free(every, entry.name)
            kept = self._columns(entry, account_pk) | {"created_at": now, "updated_at": now}
            pk = await table.insert_channel(conn, kept)
            made = await _found(conn, identity, pk)
            await _record(conn, identity, "channel.create", now, made.name, after=_document(made, entry.owner))
            return await self._view(conn, identity, made)

    async def update(self, identity: Identity, pk: Any, values: Mapping[str, Any]) -> ChannelView:
        """Change what is named. A config is given whole; of another kind, its secrets, too.

        Raises NotFound, InvalidInput, Conflict, PermissionDenied.
        """
        identity.require(MONITOR_READ)
        async with self._database.read() as conn:
            before = await _found(conn, identity, pk)
            _require_change(identity, before)
            owner = await _owner_name(conn, before)
        entry = self._changed(before, owner, values)
        if values.keys() & {"config", "kind"}:
            await must_be_allowed(identity, self._network, entry.config, self.config_of(before))
        now = self._clock.now()
        async with self._database.write() as conn:
            await lock(conn)
            if (await _found(conn, identity, pk)).updated_at != before.updated_at:
                raise Conflict({"name": "was changed by somebody else just now: look at it again"})
            account_pk = before.account_pk if entry.owner == owner else await _owner_pk(conn, identity, entry.owner)
            _must_be_free(await table.load_channels(conn), entry.name, before.pk)
            columns = self._columns(entry, account_pk, before) | {"updated_at": now}
            if not values.keys() & {"config", "kind"}:  # what cannot be read any more stays as it is
                columns.pop("config")
            await table.update_channel(conn, before.pk, columns)
            after = await _found(conn, identity, before.pk)
            old, new = _document(before, owner), _document(after, entry.owner)
            changed = [name for name in new if new[name] != old[name]]
            sides = [{name: side[name] for name in changed} for side in (old, new)]
            await _record(conn, identity, "channel.update", now, after.name, before=sides[0], after=sides[1])
            return await self._view(conn, identity, after)

    async def delete(self, identity: Identity, pk: Any) -> Channel:
        """Take one away; returns it. Raises NotFound, PermissionDenied, and Conflict while a policy names it."""
        identity.require(MONITOR_READ)
        async with self._database.write() as conn:
            await lock(conn)
            before = await _found(conn, identity, pk)
            _require_change(identity, before)
            if used := (await _used_by(conn)).get(before.pk):
                names = ", ".join(used)
                text = f"cannot be deleted: {before.name} is used by the escalation policies {names}; change them first"
                raise Conflict({"channel": text}, {"policies": list(used)})
            document = _document(before, await _owner_name(conn, before))
            await table.delete_channel(conn, before.pk)
            await _record(conn, identity, "channel.delete", self._clock.now(), before.name, before=document)
        return before

    def _changed(self, before: Channel, owner: str, values: Mapping[str, Any]) -> ChannelEntry:
        """The entry as it will be."""
        kept = {
            "name": before.name,
            "kind": before.kind,
            "config": masked(before.config) if values.get("kind", before.kind) == before.kind else {},
            "templates": before.templates,
            "enabled": before.enabled,
            "is_default": before.is_default,
            "owner": owner,
        }
        return parse_channel(self.registry, {**kept, **values}, before)

    def _columns(self, entry: ChannelEntry, account_pk: int | None, before: Channel | None = None) -> dict[str, Any]:
        known = before.config if before is not None and before.kind == entry.notifier.name else None
        return {
            "name": entry.name,
            "kind": entry.notifier.name,
            "config": entry.notifier.stored(entry.config, known),
            "templates": dict(entry.templates),
            "enabled": entry.enabled,
            "is_default": entry.is_default,
            "account_pk": account_pk,
        }

    def config_of(self, channel: Channel | None) -> NotifierConfig | None:
        """A channel's config, with its secrets; None where there is none that can be read."""
        if channel is None:
            return None
        try:
            return self.registry[channel.kind].parse(channel.config)
        except (InvalidInput, NotFound, SecretUnreadable):
            return None

    async def _view(self, conn: AsyncConnection, identity: Identity, channel: Channel) -> ChannelView:
        return (await self._views(conn, identity, [channel]))[0]

    async def _views(self, conn: AsyncConnection, identity: Identity, channels: Sequence[Channel]) -> list[ChannelView]:
        used = await _used_by(conn)
        names = {account.pk: account.username for account in await load_accounts(conn)}
        found = []
        for channel in channels:
            may_change = _may_change(identity, channel)
            target, trouble = self._target(channel)
            shown = channel if may_change else replace(channel, last_error="")
            found.append(
                ChannelView(
                    channel=shown,
                    kind_title=self._title(channel.kind),
                    target=target if may_change else "",
                    config=masked(channel.config) if may_change else {},
                    owner=names.get(channel.account_pk or 0, ""),
                    is_mine=_is_mine(identity, channel),
                    may_change=may_change,
                    used_by=used.get(channel.pk, ()),
                    trouble=trouble if may_change or not trouble else _UNUSABLE,
                )
            )
        return found

    def _title(self, kind: str) -> str:
        try:
            return self.registry[kind].title
        except NotFound:
            return kind

    def _target(self, channel: Channel) -> tuple[str, str]:
        """Where it leads, and why it cannot be used."""
        try:
            return self.registry[channel.kind].parse(channel.config).target, ""
        except (InvalidInput, NotFound, SecretUnreadable) as err:
            return "", str(err)


def _is_mine(identity: Identity, channel: Channel) -> bool:
    return channel.account_pk is not None and channel.account_pk == identity.account_pk


def _may_see(identity: Identity, channel: Channel) -> bool:
    """Those of others are seen by who may change channels alone."""
    return channel.account_pk is None or _may_change(identity, channel) or _is_mine(identity, channel)


def _may_change(identity: Identity, channel: Channel) -> bool:
    return identity.may(CHANNEL_WRITE) or (_is_mine(identity, channel) and identity.may(PROFILE_MANAGE))


def _require_change(identity: Identity, channel: Channel) -> None:
    """Raises PermissionDenied."""
    identity.require(
        PROFILE_MANAGE if _is_mine(identity, channel) and not identity.may(CHANNEL_WRITE) else CHANNEL_WRITE
    )


def _owned(identity: Identity, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Who may not change channels makes their own, without having to say so."""
    return values if identity.may(CHANNEL_WRITE) else {"owner": identity.name, **values}


async def _owner_pk(conn: AsyncConnection, identity: Identity, owner: str) -> int | None:
    """Whose it will be. Raises PermissionDenied, InvalidInput."""
    if not owner:
        identity.require(CHANNEL_WRITE)
        return None
    account = await find_account(conn, owner.lower())
    if account is None or account.is_disabled:
        raise InvalidInput({"owner": f"must be the name of an account, or empty for a channel of all; got {owner!r}"})
    if account.pk != identity.account_pk:
        identity.require(CHANNEL_WRITE)
    elif not identity.may(CHANNEL_WRITE):
        identity.require(PROFILE_MANAGE)
    return account.pk


async def _owner_name(conn: AsyncConnection, channel: Channel) -> str:
    names = {account.pk: account.username for account in await load_accounts(conn)}
    return names.get(channel.account_pk or 0, "")


async def _found(conn: AsyncConnection, identity: Identity, pk: Any) -> Channel:
    """Raises NotFound, also for one that this identity may not see."""
    channel = await table.find_channel(conn, given_pk("channel", pk))
    if channel is None or not _may_see(identity, channel):
        raise NotFound("there is no such channel")
    return channel


async def _used_by(conn: AsyncConnection) -> dict[int, tuple[str, ...]]:
    """The policies that name each channel."""
    found: dict[int, tuple[str, ...]] = {}
    for policy in await load_policies(conn):
        pks = {target.pk for target in policy.targets() if isinstance(target, Target) and target.type == "channel"}
        for pk in pks | ({policy.fallback_channel_pk} if policy.fallback_channel_pk else set()):
            found[pk] = (*found.get(pk, ()), policy.name)
    return found


def _must_fit(every: Sequence[Channel], identity: Identity, account_pk: int | None) -> None:
    """Raises Conflict when there are too many."""
    if len(every) >= CHANNELS_LIMIT:
        raise Conflict({"name": f"cannot be kept: there are {CHANNELS_LIMIT} channels; delete some first"})
    if account_pk is not None and sum(each.account_pk == account_pk for each in every) >= OWN_LIMIT:
        raise Conflict({"name": f"cannot be kept: one person has at most {OWN_LIMIT} channels; delete one first"})


def _must_be_free(every: Sequence[Channel], name: str, but: int = 0) -> None:
    """Raises Conflict."""
    if any(each.name == name and each.pk != but for each in every):
        raise Conflict({"name": "is taken by another channel"})


def _document(channel: Channel, owner: str) -> dict[str, Any]:
    """As the audit log shows it, without secrets."""
    return {
        "name": channel.name,
        "kind": channel.kind,
        "config": masked(channel.config),
        "templates": dict(channel.templates),
        "enabled": channel.enabled,
        "is_default": channel.is_default,
        "owner": owner,
    }


async def _record(
    conn: AsyncConnection, identity: Identity, action: str, at: datetime, name: str, **sides: Any
) -> None:
    await record(conn, identity, action, at=at, target_type="channel", target=name, **sides)
