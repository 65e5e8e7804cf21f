"""Which services alert rules, silences and maintenance windows are about, where groups change and services go.

All functions work in the caller's transaction; those that change something need one of `Database.write()`.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.scope import Scope
from monitor_app.errors import InvalidInput
from monitor_app.models import AlertRuleRow, MaintenanceWindowRow
from monitor_app.models.silence import SilenceRow
from monitor_app.storage.alerting_lock import lock

_RULES: Final[Table] = AlertRuleRow.__table__  # type: ignore[attr-defined]
_SILENCES: Final[Table] = SilenceRow.__table__  # type: ignore[attr-defined]
_WINDOWS: Final[Table] = MaintenanceWindowRow.__table__  # type: ignore[attr-defined]
# Each with the column that it is called by.
_NAMED: Final = ((_RULES, "name"), (_SILENCES, "reason"), (_WINDOWS, "name"))


async def rename_group_in_scopes(conn: AsyncConnection, name: str, to: str) -> None:
    """All scopes follow the name of a group."""
    await _replace(
        conn,
        name,
        lambda scope: replace(
            scope, groups=tuple(dict.fromkeys(to if group == name else group for group in scope.groups))
        ),
    )


async def dissolve_group_in_scopes(
    conn: AsyncConnection, name: str, services: Callable[[Scope], Collection[int]]
) -> None:
    """A group goes: a scope that names it becomes the services that it was about until now, which `services` tells.

    Neither may it let others through, which nobody has said, nor forget those that it was about. One that was about
    none stays as it is.
    """

    def dissolved(scope: Scope) -> Scope:
        kept = tuple(sorted(services(scope)))
        return replace(scope, service_pks=kept, groups=()) if kept else scope

    await _replace(conn, name, dissolved)


async def load_naming(conn: AsyncConnection, pks: Collection[int], now: datetime) -> dict[str, list[str]]:
    """What is about one of these services by its name: names by table, of silences that are not over their reasons."""
    wanted = frozenset(pks)
    found: dict[str, list[str]] = {}
    for table, column in _NAMED:
        statement = select(table.c[column], table.c.scope).order_by(table.c.pk)
        if table is _SILENCES:
            statement = statement.where(table.c.ends_at > now)
        rows = await conn.execute(statement)
        names = [name for name, document in rows if not wanted.isdisjoint(_service_pks(document))]
        if names:
            found[table.name] = names
    return found


async def _replace(conn: AsyncConnection, group: str, changed: Callable[[Scope], Scope]) -> None:
    await lock(conn)
    for table, _ in _NAMED:
        for pk, document in list(await conn.execute(select(table.c.pk, table.c.scope))):
            try:
                scope = Scope.parse(document)
            except InvalidInput:
                continue  # who reads it says so
            if group in scope.groups and (after := changed(scope)) != scope:
                await conn.execute(update(table).where(table.c.pk == pk).values(scope=after.document()))


def _service_pks(document: object) -> Collection[int]:
    try:
        return Scope.parse(document).service_pks
    except InvalidInput:
        return ()
