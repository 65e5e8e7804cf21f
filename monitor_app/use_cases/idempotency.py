"""A request with an Idempotency-Key is carried out once; who repeats it gets the same answer.

An answer is kept for a day. It never holds a secret: which requests this is for, the API decides.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Protocol

from monitor_app.errors import Conflict, InvalidInput
from monitor_app.storage.database import Database
from monitor_app.storage.idempotent_answers import (
    KeptAnswer,
    complete_answer,
    delete_answer,
    delete_old_answers,
    find_answer,
    insert_answer,
)

KEPT = timedelta(hours=24)
# A request that has not ended after so long never will: its process was stopped.
ABANDONED = timedelta(seconds=60)
CLEAN_EVERY = timedelta(minutes=10)
ANSWERS_LIMIT = 20_000
HEADER = "Idempotency-Key"


class Clock(Protocol):
    """Tells the time, aware and in UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...


class IdempotentAnswers:
    """Answers by caller and key, for all web processes together."""

    def __init__(self, database: Database, clock: Clock, digests: Callable[[bytes], Sequence[str]]) -> None:
        """`digests` tells a request again without saying what was in it: the newest first, then those of older keys."""
        self._database = database
        self._clock = clock
        self._digests = digests
        self._cleaned_at: datetime | None = None
        # One at a time for each caller and key; the second number counts those who hold it or wait.
        self._locks: dict[tuple[str, str], tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def alone(self, caller: str, key: str) -> AsyncIterator[None]:
        """Only one request of a caller with this key goes on in this process; the others wait here."""
        place = caller, key
        lock, users = self._locks.get(place, (asyncio.Lock(), 0))
        self._locks[place] = lock, users + 1
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[place]
            if users == 1:
                del self._locks[place]
            else:
                self._locks[place] = lock, users - 1

    async def begin(self, caller: str, key: str, request: bytes) -> KeptAnswer | None:
        """What this request was answered before; None: it is to be carried out now, then `complete` or `drop` it.

        Raises InvalidInput when the key was used with another request; Conflict when another process carries it out
        now; DatabaseUnavailable.
        """
        digests = self._digests(request)
        async with self._database.write() as conn:
            now = self._clock.now()
            if self._cleaned_at is None or now - self._cleaned_at > CLEAN_EVERY:
                await delete_old_answers(conn, now - KEPT, ANSWERS_LIMIT)
                self._cleaned_at = now
            known = await find_answer(conn, caller, key)
            if known is not None and now - known.created_at > (KEPT if known.status else ABANDONED):
                await delete_answer(conn, caller, key)
                known = None
            if known is None:
                await insert_answer(conn, caller, key, KeptAnswer(digests[0], now))
                return None
        if known.request_hash not in digests:
            raise InvalidInput({HEADER: "was used with another request before: take a new one"})
        if not known.status:
            raise Conflict({HEADER: "is being used by a request that still runs"})
        return known

    async def complete(self, caller: str, key: str, status: int, body: str, headers: Mapping[str, str]) -> None:
        """Keep what the request was answered."""
        async with self._database.write() as conn:
            await complete_answer(conn, caller, key, status, body, headers)

    async def drop(self, caller: str, key: str) -> None:
        """The request changed nothing: it may be tried again with the same key."""
        async with self._database.write() as conn:
            await delete_answer(conn, caller, key)
