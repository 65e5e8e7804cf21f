"""Passwords: hashed with Argon2id off the event loop, and judged when somebody chooses one."""

import asyncio
import base64
import secrets
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import zxcvbn
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from monitor_app.errors import Busy
from monitor_app.log import get_logger

SHORTEST = 12
LONGEST = 128
# Of zxcvbn's 0 to 4: 3 is "safely unguessable" where a guess is slow.
LEAST_SCORE = 3
# zxcvbn's time grows with the square of the length, and what comes after so many characters adds to it.
JUDGED_CHARACTERS = 72
SALT_BYTES = 16
HASH_BYTES = 32
# What one might take from looking at the log-in page.
_PROGRAM_WORDS = ("lightbulb", "monitoring", "monitor", "dashboard")
# So many letters and digits must be there that are not the user's or the program's name.
OWN_CHARACTERS = 6
_ADVICE = "take four or more unrelated words"

log = get_logger(__name__)
Answer = TypeVar("Answer")


class Hasher:
    """Argon2id (RFC 9106, its second recommended choice) in threads of its own.

    Each hash takes `memory_kib` and about a tenth of a second of a core, so at most `threads` are made at a time and at
    most `waiting_limit` wait; whoever comes on top of that is sent away.
    """

    def __init__(
        self,
        time_cost: int = 3,
        memory_kib: int = 65536,
        parallelism: int = 1,
        threads: int = 2,
        waiting_limit: int = 50,
    ) -> None:
        self._argon2 = PasswordHasher(time_cost, memory_kib, parallelism, HASH_BYTES, SALT_BYTES)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        self._places = threading.BoundedSemaphore(threads + waiting_limit)
        self._nobodys = _unmatchable(time_cost, memory_kib, parallelism)

    async def hash(self, password: str) -> str:
        """The password in Argon2's own encoding, with a fresh salt. Raises Busy."""
        return await self._run(lambda: self._argon2.hash(_as_bytes(password)))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether `stored` is a hash of this password. Raises Busy.

        Without one (there is no such account) the answer is no and takes the same time.
        """
        return await self._run(lambda: self._matches(stored or self._nobodys, password))

    def needs_rehash(self, stored: str) -> bool:
        """Whether it was made with other parameters than these: the next log-in is the chance to make a new one."""
        return self._argon2.check_needs_rehash(stored)

    def close(self) -> None:
        """End the threads; what waits is given up."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._argon2.verify(stored, _as_bytes(password))
        except VerifyMismatchError:
            return False
        except (VerificationError, InvalidHashError) as err:
            log.error("a stored password hash cannot be read; nobody can log in with it", reason=str(err))
            return False

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        if not self._places.acquire(blocking=False):
            raise Busy("too many log-ins at once: try again in a few seconds")
        future = self._pool.submit(work)
        # At its real end: somebody who went away does not make the work shorter.
        future.add_done_callback(self._leave)
        return await asyncio.wrap_future(future)

    def _leave(self, _done: Future[Answer]) -> None:
        self._places.release()


def password_problem(password: str, username: str = "") -> str | None:
    """What is wrong with a password that somebody chose, as words for under its field; None when it is good.

    There are no rules of composition: NIST SP 800-63B advises against them. Length counts, and that it is not easy to
    guess, for which zxcvbn knows lists of common passwords, names, dates, patterns of keys and their disguises.
    """
    length = len(password)
    if length < SHORTEST:
        return f"must have at least {SHORTEST} characters, got {length}: a few words in a row do well"
    if length > LONGEST:
        return f"must have at most {LONGEST} characters, got {length}"
    if len(_own_part(password, username)) < OWN_CHARACTERS:
        return f"is too easy to guess (hardly more than the name of the user or the program): {_ADVICE}"
    judged = zxcvbn.zxcvbn(password[:JUDGED_CHARACTERS], [username, *_PROGRAM_WORDS])
    if judged["score"] >= LEAST_SCORE:
        return None
    why = judged["feedback"]["warning"].rstrip(".")
    return f"is too easy to guess{f' ({why[0].lower()}{why[1:]})' if why else ''}: {_ADVICE}"


def _own_part(password: str, username: str) -> str:
    """The letters and digits that are left without the names."""
    rest = password.casefold()
    for word in (username.casefold(), *_PROGRAM_WORDS):
        if word:
            rest = rest.replace(word, " ")
    return "".join(character for character in rest if character.isalnum())


def _as_bytes(password: str) -> bytes:
    """In one form, because keyboards of different systems write the same letter in different ways."""
    return unicodedata.normalize("NFKC", password).encode(errors="surrogatepass")


def _unmatchable(time_cost: int, memory_kib: int, parallelism: int) -> str:
    """A hash with these parameters that no password has."""
    salt, tag = (
        base64.b64encode(secrets.token_bytes(count)).decode("ascii").rstrip("=") for count in (SALT_BYTES, HASH_BYTES)
    )
    return f"$argon2id$v=19$m={memory_kib},t={time_cost},p={parallelism}${salt}${tag}"
