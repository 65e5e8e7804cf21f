"""Private status pages: who has said the password carries a signed cookie, so that nobody is asked twice."""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import cookie_parser

from monitor_app.api.who import cookies_of
from monitor_app.domain.status_page import StatusPage
from monitor_app.engine.clock import Clock
from monitor_app.errors import LightbulbError
from monitor_app.security.passwords import LONGEST
from monitor_app.use_cases.password_check import PasswordCheck

COOKIE: Final = "lb_page"
KEPT_SECONDS: Final = 30 * 86_400


class WrongPassword(LightbulbError):
    """It is not the one of this page."""


class PageEntrance:
    """Judges passwords of pages as those of accounts are judged, and remembers by a cookie who said one.

    `digests` seal the cookie with the keys of this installation; another password makes all cookies of a page void.
    """

    def __init__(self, passwords: PasswordCheck, digests: Callable[[bytes], list[str]], clock: Clock) -> None:
        self._passwords = passwords
        self._digests = digests
        self._clock = clock

    async def enter(self, page: StatusPage, password: str, address: str) -> str:
        """The value of the cookie. Raises WrongPassword; SlowDown for who guesses."""
        # With a space in it: no account has such a name.
        account = f"status page {page.slug}"
        is_possible = bool(password) and len(password) <= LONGEST
        if not await self._passwords.is_right(account, address, page.password_hash, password if is_possible else ""):
            raise WrongPassword("That is not the password of this page.")
        self._passwords.succeeded(account, address)
        until = int(self._clock.now().timestamp()) + KEPT_SECONDS
        return f"{until}.{self._seals(page, until)[0]}"

    def has_entered(self, page: StatusPage, headers: Headers) -> bool:
        """Whether the cookie of this page came along, and still counts."""
        value = cookie_parser(cookies_of(headers)).get(cookie_name(page), "")
        until, _, seal = value.partition(".")
        if not (until.isascii() and until.isdecimal() and len(until) <= 12):
            return False
        if int(until) < self._clock.now().timestamp():
            return False
        return any(hmac.compare_digest(seal.encode(), known.encode()) for known in self._seals(page, int(until)))

    def _seals(self, page: StatusPage, until: int) -> list[str]:
        return self._digests(f"status page|{page.pk}|{page.password_hash}|{until}".encode())


def cookie_name(page: StatusPage) -> str:
    """One for each page, because a page may be reached under two addresses."""
    return f"{COOKIE}_{hashlib.blake2s(page.slug.encode(), digest_size=6).hexdigest()}"
