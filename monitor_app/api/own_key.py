"""Under what is kept what the sender of a request chooses about screens, and the cookie of who has no account."""

from datetime import timedelta
from typing import Final

from fastapi import Request, Response

from monitor_app.api.who import cookies_of
from monitor_app.security.permissions import Identity
from monitor_app.security.tokens import new_token, token_hash
from monitor_app.state import runtime
from monitor_app.use_cases.visitors import KEPT, key_of

_MAX_AGE: Final = KEPT // timedelta(seconds=1)


def own_key(request: Request, identity: Identity) -> str:
    """See `key_of`. An Authorization header leaves cookies without a say."""
    access, cookies = runtime.current().access, cookies_of(request.headers)
    return key_of(identity, access.session_key(cookies), access.visitor_key(cookies))


class OwnCookie:
    """For a change: the key there is, or for a browser that has none a new one, whose cookie `give` sets afterwards."""

    def __init__(self, request: Request, identity: Identity) -> None:
        self._request = request
        self.key = own_key(request, identity)
        self._token = new_token() if identity.via == "nothing" and not self.key else ""
        if self._token:
            self.key = token_hash(self._token)

    def give(self, response: Response) -> None:
        """Once something is kept under the new key; until then nobody gets a cookie."""
        if self._token:
            response.set_cookie(
                runtime.current().access.visitor_cookie_name,
                self._token,
                max_age=_MAX_AGE,
                path="/",
                secure=self._request.app.state.is_https,
                httponly=True,
                samesite="lax",
            )
