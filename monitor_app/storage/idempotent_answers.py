"""The table of answers that are given again; all in the caller's write transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.errors import Conflict
from monitor_app.models import IdempotentAnswer

answers = IdempotentAnswer.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """`status` is 0 while the request still runs."""

    request_hash: str
    created_at: datetime
    status: int = 0
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


async def find_answer(conn: AsyncConnection, caller: str, key: str) -> KeptAnswer | None:
    """What a caller was answered under a key."""
    columns = (
        answers.c.request_hash,
        answers.c.created_at,
        answers.c.status,
        answers.c.body,
        answers.c.headers,
    )
    row = (await conn.execute(select(*columns).where(answers.c.caller == caller, answers.c.key == key))).first()
    return KeptAnswer(*row) if row is not None else None


async def insert_answer(conn: AsyncConnection, caller: str, key: str, answer: KeptAnswer) -> None:
    """Raises Conflict when another process has been faster; the transaction is lost then."""
    values = {"caller": caller, "key": key, "request_hash": answer.request_hash, "created_at": answer.created_at}
    try:
        await conn.execute(insert(answers).values(**values, **_given(answer.status, answer.body, answer.headers)))
    except IntegrityError as err:
        raise Conflict({"Idempotency-Key": "is being used by a request that still runs"}) from err


async def complete_answer(
    conn: AsyncConnection, caller: str, key: str, status: int, body: str, headers: Mapping[str, str]
) -> None:
    """The request has ended so."""
    own = (answers.c.caller == caller, answers.c.key == key)
    await conn.execute(update(answers).where(*own).values(_given(status, body, headers)))


async def delete_answer(conn: AsyncConnection, caller: str, key: str) -> None:
    """Forget it, where there is one."""
    await conn.execute(delete(answers).where(answers.c.caller == caller, answers.c.key == key))


async def delete_old_answers(conn: AsyncConnection, before: datetime, keep: int) -> int:
    """Forget those from before, and the oldest beyond `keep` of them; returns how many."""
    deleted: int = (await conn.execute(delete(answers).where(answers.c.created_at < before))).rowcount
    beyond = select(answers.c.created_at).order_by(answers.c.created_at.desc()).offset(keep).limit(1)
    if (oldest := (await conn.execute(beyond)).scalar()) is not None:
        deleted += (await conn.execute(delete(answers).where(answers.c.created_at <= oldest))).rowcount
    return deleted


def _given(status: int, body: str, headers: Mapping[str, str]) -> dict[str, Any]:
    return {"status": status, "body": body, "headers": dict(headers)}
