"""What alerting loses with services that are about to be deleted; and how its scopes outlive a group."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.group_tree import GroupTree
from monitor_app.domain.service import ServiceDefinition
from monitor_app.security.permissions import MONITOR_READ, Identity
from monitor_app.storage.scopes import dissolve_group_in_scopes, load_naming
from monitor_app.use_cases.services import Clock

_WORDS: Final = {
    "alert_rule": "Alert rules",
    "silence": "Silences",
    "maintenance_window": "Maintenance windows",
}


class ScopesLosing:
    """See deleted_services.Loser."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def lost(
        self, conn: AsyncConnection, identity: Identity, pks: Collection[int]
    ) -> Mapping[str, Sequence[str]]:
        """The rules, silences and windows that are about these services by their names."""
        if not identity.may(MONITOR_READ):
            return {}
        them = "it" if len(pks) == 1 else "them"
        return {
            f"{_WORDS[table]} that name {them}": names
            for table, names in (await load_naming(conn, pks, self._clock.now())).items()
        }


async def dissolve_group(
    conn: AsyncConnection, name: str, services: Iterable[ServiceDefinition], tree: GroupTree
) -> None:
    """Before a group goes, with the services and the tree as they are until then."""
    every = list(services)
    await dissolve_group_in_scopes(conn, name, lambda scope: [one.pk for one in every if scope.matcher(tree)(one)])
