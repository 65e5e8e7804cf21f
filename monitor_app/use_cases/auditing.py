"""What every use case that changes something calls, inside its transaction: one line of the audit log."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.audit import AuditEntry, Outcome
from monitor_app.security.permissions import Identity
from monitor_app.storage import audit


async def record(
    conn: AsyncConnection,
    identity: Identity,
    action: str,
    *,
    at: datetime,
    target_type: str = "",
    target: str = "",
    before: Any = None,
    after: Any = None,
    outcome: Outcome = "done",
    times: int = 1,
) -> None:
    """Write one line, last in the transaction; for a bulk `before` and `after` are lists, an item each.

    `action` is `noun.verb`, such as `service.update`. `before` and `after` hold no secret: mask them first.
    """
    entry = AuditEntry(
        who=identity.name,
        role=identity.role,
        action=action,
        target_type=target_type,
        target=target,
        outcome=outcome,
        via=f"{identity.via} {identity.credential}".strip(),
        address=identity.address,
        correlation_id=identity.correlation_id,
        times=times,
        before=before,
        after=after,
    )
    await audit.append(conn, entry, at)
