"""Tokens for wall screens, which read the board and nothing else."""

from monitor_app.domain.account import KeyView
from monitor_app.security.permissions import Identity


class WallTokens:
    """All need the permission setting:manage. A token works as long as who made it has an account that works."""

    async def list_all(self, identity: Identity) -> list[KeyView]:
        """The newest first, revoked ones too; at most 200."""
        raise NotImplementedError

    async def make(self, identity: Identity, name: str, expires_days: int | None = None) -> str:
        """The token, shown once: the page is /wall#TOKEN. Raises InvalidInput."""
        raise NotImplementedError

    async def revoke(self, identity: Identity, pk: int) -> None:
        """Ends the screens that were opened with it. Raises NotFound."""
        raise NotImplementedError
