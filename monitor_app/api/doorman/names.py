"""Under which names this program answers, and whose pages may talk to it.

A page of another site can make a browser connect to this machine, also by a name of its own that points here. Host,
Origin and Sec-Fetch-Site give that away; no page can change them.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

from monitor_app.api.hosts import host_name
from monitor_app.settings import Settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
JSON_TYPE = "application/json"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class OwnNames:
    """The names and origins of this installation: the loopback ones, HOST and PUBLIC_URL."""

    def __init__(self, settings: Settings) -> None:
        origins = settings.allowed_origins
        self._hosts = frozenset(host_name(urlsplit(origin).netloc) for origin in origins)
        self._origins = frozenset(origins)
        on_loopback = {origin for origin in origins if urlsplit(origin).hostname in LOOPBACK_NAMES}
        self._loopback = on_loopback - {settings.public_url}

    @property
    def hosts(self) -> frozenset[str]:
        """The names, without ports."""
        return self._hosts

    def is_own_host(self, headers: Headers) -> bool:
        """Whether the request came under a name of ours; the port is not looked at, because tunnels change it."""
        hosts = headers.getlist("host")
        return len(hosts) == 1 and host_name(hosts[0]) in self._hosts

    def is_own_origin(self, headers: Headers) -> bool:
        """Whether the Origin header names a page of ours, letter for letter as browsers write it.

        A page on somebody's own loopback address is ours only for requests to such a name: on the computer of whoever
        looks at https://status.example.org, http://localhost:3000 may be anything.
        """
        origins = headers.getlist("origin")
        if len(origins) != 1 or origins[0] not in self._origins:
            return False
        return origins[0] not in self._loopback or host_name(headers.get("host", "")) in LOOPBACK_NAMES


def request_problem(scope: Scope, headers: Headers, names: OwnNames) -> str | None:
    """Why a request to the API looks like one that a foreign page had a browser send; None when it does not.

    What changes something and carries no Authorization header is taken for a browser's, with a cookie that goes along
    by itself: such a request must come from a page of ours and speak JSON, which no form can.
    """
    is_foreign = headers.get("sec-fetch-site") == "cross-site"
    if "origin" in headers:
        if is_foreign or not names.is_own_origin(headers):
            return "Origin: must be an address of this installation (PUBLIC_URL)"
    elif is_foreign or headers.get("sec-fetch-site") == "same-site":
        return "Sec-Fetch-Site: must be same-origin, because pages of other sites may not ask this"
    if scope["method"] in SAFE_METHODS or "authorization" in headers:
        return None
    if "origin" not in headers and headers.get("sec-fetch-site") != "same-origin":
        return "Authorization: must hold an API key, unless a page of this installation sends the request"
    if media_type(headers) != JSON_TYPE:
        return f"Content-Type: must be {JSON_TYPE}"
    return None


def media_type(headers: Headers) -> str:
    """The Content-Type without its parameters, in lower case."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()
