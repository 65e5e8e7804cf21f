"""What every use case that changes services, relations or groups leaves behind: what it takes to undo it.

Called by `auditing.record_services` and `record_relations`, inside their transaction.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from itertools import zip_longest

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.change import GROUP, RELATION, SERVICE, ChangeItem, changed_item
from monitor_app.domain.group import Group
from monitor_app.domain.relation import Relation
from monitor_app.domain.service import ServiceDefinition
from monitor_app.security.permissions import Identity
from monitor_app.storage.change_log import append_change, group_document, relation_document, service_document

_noted: ContextVar[list[int] | None] = ContextVar("noted_changes", default=None)

_are_final: ContextVar[bool] = ContextVar("final_changes", default=False)


@contextmanager
def noted_changes() -> Iterator[list[int]]:
    """The pks of the changes that are recorded in here, for whoever offers to undo them."""
    noted: list[int] = []
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)


@contextmanager
def final_changes() -> Iterator[None]:
    """What is recorded in here nobody can undo."""
    token = _are_final.set(True)
    try:
        yield
    finally:
        _are_final.reset(token)


def service_items(
    before: Sequence[ServiceDefinition] = (), after: Sequence[ServiceDefinition] = ()
) -> list[ChangeItem]:
    """What became of services: those with an end only are gone, those with a beginning only have come."""
    found = []
    for old, new in zip_longest(before, after):
        documents = [None if one is None else service_document(one) for one in (old, new)]
        found.append(changed_item(SERVICE, (new or old).pk, *documents))
    return [item for item in found if item is not None]


def relation_items(before: Sequence[Relation] = (), after: Sequence[Relation] = ()) -> list[ChangeItem]:
    """The same for relations."""
    found = []
    for old, new in zip_longest(before, after):
        documents = [None if one is None else relation_document(one) for one in (old, new)]
        found.append(changed_item(RELATION, (new or old).pk, *documents))
    return [item for item in found if item is not None]


def group_items(before: Sequence[Group] = (), after: Sequence[Group] = ()) -> list[ChangeItem]:
    """The same for groups."""
    found = []
    for old, new in zip_longest(before, after):
        documents = [None if one is None else group_document(one) for one in (old, new)]
        found.append(changed_item(GROUP, (new or old).pk, *documents))
    return [item for item in found if item is not None]


async def record_change(
    conn: AsyncConnection,
    identity: Identity,
    action: str,
    at: datetime,
    did: Sequence[ChangeItem],
    *,
    undoable: bool = True,
) -> None:
    """Write it down, unless nothing was changed."""
    if not did:
        return
    undoable = undoable and not _are_final.get()
    pk = await append_change(
        conn,
        at=at,
        account_pk=identity.account_pk,
        who=identity.name,
        action=action,
        state="done" if undoable else "final",
        did=did,
    )
    noted = _noted.get()
    if noted is not None and undoable and identity.account_pk is not None:
        noted.append(pk)
