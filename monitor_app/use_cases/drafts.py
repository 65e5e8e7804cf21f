"""What people have typed into the form of a service and not saved yet: kept for them alone, until they save it."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.errors import InvalidInput, NotFound, SecretUnreadable
from monitor_app.plugins.registry import Kind, KindRegistry
from monitor_app.plugins.sealing import is_sealed, sealed, unsealed
from monitor_app.redact import harmless, redact
from monitor_app.security.permissions import SERVICE_WRITE, Identity
from monitor_app.storage import drafts as table
from monitor_app.storage.database import Database

DRAFTS_LIMIT = 50
DAYS_LIMIT = 30
SIZE_LIMIT = 262_144
TITLE_LIMIT = 200
SUBJECT_LIMIT = 80
View = Literal["form", "json"]


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


@dataclass(frozen=True, slots=True)
class Draft:
    """One form of one person: `common` and `config` by the names of the fields, as they were typed.

    Secrets in `config` are sealed; a mask stands for the one of the service that is changed. `text` is a document that
    cannot be read yet, while somebody writes one. `base` and `base_revision` are what the service's fields showed and
    its revision when the change was begun.
    """

    subject: str
    title: str
    kind: str
    common: Mapping[str, Any]
    config: Mapping[str, Any] = field(repr=False)
    view: View = "form"
    text: str = field(default="", repr=False)
    base: Mapping[str, Any] = field(default_factory=dict)
    base_revision: int = 0
    updated_at: datetime | None = None


class DraftUseCases:
    """A person's own drafts; nobody sees those of others."""

    def __init__(self, database: Database, registry: KindRegistry, clock: Clock) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock

    async def keep(self, identity: Identity, draft: Draft) -> None:
        """Put it in the place of the one there is of this subject.

        Who has no account has no drafts. Raises InvalidInput for one that is too large, NotFound for an unknown kind.
        """
        identity.require(SERVICE_WRITE)
        if identity.account_pk is None:
            return
        kind = self._registry[draft.kind]
        config = kind.opened(draft.config)
        async with self._database.write() as conn:
            await table.wait_for_key_change(conn)
            content = {
                "kind": draft.kind,
                "view": draft.view,
                "common": _covered(kind, draft.common),
                "config": kind.sealed(_covered(kind, config)),
                "text": _seal(kind, draft.text) if draft.text else "",
                "base": _covered(kind, draft.base),
            }
            if len(json.dumps(content)) > SIZE_LIMIT:
                raise InvalidInput({"draft": f"must be at most {SIZE_LIMIT // 1024} KiB"})
            now = self._clock.now()
            values = {
                "title": harmless(draft.title, TITLE_LIMIT),
                "content": content,
                "base_revision": draft.base_revision,
                "updated_at": now,
            }
            await table.put_draft(conn, identity.account_pk, draft.subject[:SUBJECT_LIMIT], values)
            await table.delete_old(conn, now - timedelta(days=DAYS_LIMIT), identity.account_pk, DRAFTS_LIMIT)

    async def find(self, identity: Identity, subject: str) -> Draft | None:
        """One's own; None where there is none, it is too old, or its kind is gone."""
        identity.require(SERVICE_WRITE)
        if identity.account_pk is None:
            return None
        async with self._database.read() as conn:
            stored = await table.find_draft(conn, identity.account_pk, subject)
        return self._draft(stored) if stored is not None else None

    async def list_own(self, identity: Identity) -> list[Draft]:
        """All of one's own, the newest first."""
        identity.require(SERVICE_WRITE)
        if identity.account_pk is None:
            return []
        async with self._database.read() as conn:
            stored = await table.load_drafts(conn, identity.account_pk)
        return [draft for one in stored if (draft := self._draft(one)) is not None]

    async def subjects(self, identity: Identity) -> frozenset[str]:
        """Of which forms there are own ones."""
        identity.require(SERVICE_WRITE)
        if identity.account_pk is None:
            return frozenset()
        async with self._database.read() as conn:
            since = self._clock.now() - timedelta(days=DAYS_LIMIT)
            return frozenset(await table.load_subjects(conn, identity.account_pk, since))

    async def remove(self, identity: Identity, subject: str) -> bool:
        """Whether there was one."""
        identity.require(SERVICE_WRITE)
        if identity.account_pk is None:
            return False
        async with self._database.write() as conn:
            return await table.delete_draft(conn, identity.account_pk, subject)

    async def lost(
        self, conn: AsyncConnection, identity: Identity, pks: Collection[int]
    ) -> Mapping[str, Sequence[str]]:
        """Who has typed something about these services and not saved it; see deleted_services.Loser."""
        names = await table.authors(conn, [f"service.{pk}" for pk in pks])
        told = sorted("you" if name == identity.name else name for name in names)
        return {"Unsaved changes are typed by": told} if told else {}

    def _draft(self, stored: table.StoredDraft) -> Draft | None:
        if stored.updated_at < self._clock.now() - timedelta(days=DAYS_LIMIT):
            return None
        content = stored.content
        try:
            kind = self._registry[content["kind"]]
        except NotFound:
            return None
        return Draft(
            stored.subject,
            stored.title,
            kind.name,
            {name: _plain(kind, value) for name, value in content["common"].items()},
            {name: _uncovered(kind, name, value) for name, value in kind.readable(content["config"]).items()},
            content["view"],
            str(_plain(kind, content["text"])),
            {name: _plain(kind, value) for name, value in content["base"].items()},
            stored.base_revision,
            stored.updated_at,
        )


def _covered(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    """Sealed where a text holds what looks like a secret, such as the password in a pasted address."""
    return {
        name: _seal(kind, value) if isinstance(value, str) and redact(value) != value else value
        for name, value in values.items()
    }


def _uncovered(kind: Kind, name: str, value: Any) -> Any:
    """The fields that hold nothing but a secret stay sealed."""
    return value if name in kind.secret_fields or not is_sealed(value) else _plain(kind, value)


def _seal(kind: Kind, text: str) -> Any:
    return text if kind.sealer is None else sealed({"": text}, {""}, kind.sealer)[""]


def _plain(kind: Kind, value: Any) -> Any:
    if kind.sealer is None:
        return value
    try:
        return unsealed(value, kind.sealer.unseal)
    except SecretUnreadable:  # sealed with a key that is gone: the rest of the draft is of use all the same
        return ""
