"""What everybody does with their own account: preferences, second factor, sessions, keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from monitor_app.domain.account import KeyView, Preferences, Profile, SecondFactorOffer, SessionView
from monitor_app.security.permissions import Identity


class ProfileUseCases:
    """All need the permission profile:manage, and concern the account of the identity, never another one."""

    async def get(self, identity: Identity) -> Profile:
        """One's own account."""
        raise NotImplementedError

    async def set_preferences(self, identity: Identity, values: Mapping[str, Any]) -> Preferences:
        """What is not named stays. Raises InvalidInput with a message for each wrong or unknown one."""
        raise NotImplementedError

    async def begin_second_factor(self, identity: Identity) -> SecondFactorOffer:
        """A fresh secret; nothing is stored before it is confirmed. Raises Conflict when there is one already."""
        raise NotImplementedError

    async def confirm_second_factor(self, identity: Identity, secret: str, code: str) -> list[str]:
        """The recovery codes, shown once. Raises InvalidInput for a wrong code, Conflict when there is one already."""
        raise NotImplementedError

    async def drop_second_factor(self, identity: Identity, password: str) -> None:
        """Raises InvalidInput for a wrong password, Conflict when there is none, SlowDown."""
        raise NotImplementedError

    async def new_recovery_codes(self, identity: Identity, password: str) -> list[str]:
        """The old ones are of no use from now on. Raises as `drop_second_factor` does."""
        raise NotImplementedError

    async def sessions(self, identity: Identity) -> list[SessionView]:
        """Those that have not ended, the last used first; at most 50."""
        raise NotImplementedError

    async def end_session(self, identity: Identity, pk: int) -> None:
        """Raises NotFound, also for a session of somebody else."""
        raise NotImplementedError

    async def end_all_sessions(self, identity: Identity, keep_own: bool = True) -> int:
        """How many there were."""
        raise NotImplementedError

    async def keys(self, identity: Identity) -> list[KeyView]:
        """The newest first, revoked ones too; at most 200."""
        raise NotImplementedError

    async def make_key(
        self,
        identity: Identity,
        name: str,
        permissions: Sequence[str],
        expires_days: int | None = None,
        addresses: Sequence[str] = (),
    ) -> str:
        """The key, shown once. It may do no more than its owner, at each moment of its life.

        `addresses` are networks in CIDR notation it may be used from; none: from everywhere. Raises InvalidInput.
        """
        raise NotImplementedError

    async def revoke_key(self, identity: Identity, pk: int) -> None:
        """It is of no use from now on. Raises NotFound, also for a key of somebody else."""
        raise NotImplementedError
