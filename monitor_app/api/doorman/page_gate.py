"""Gives a page out only to who may see it. The data behind it is guarded anyway; this keeps its very existence private.

Only pages that the program serves itself pass here: not those of `reflex run`, nor those that nginx serves from disk.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Scope

from monitor_app.api.doorman.headers import PERSONAL
from monitor_app.api.own_path import own_path
from monitor_app.api.who import address_of, cookies_of
from monitor_app.security.permissions import Identity

LOGIN_PAGE = "/login"
LOGIN_ROUTE = "login"
NEXT_LIMIT = 1000
SEE_OTHER = 303
# Beside each page lies the same page packed, for browsers that take that; it can be asked for by its own name, too.
_PACKED = re.compile(r"\.html\.(?:gz|br|zst)$")
# With the stylesheets that stand alone: the others are only the beginnings of what a page is built of.
NOT_FOUND_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>No such page · Lightbulb</title><link rel="icon" type="image/svg+xml" href="/favicon.svg">
<link rel="stylesheet" href="/offline_theme.css"><link rel="stylesheet" href="/offline.css">
</head><body><main><h1>There is no page at this address</h1><p id="why"><a href="/">To the board</a></p></main>
</body></html>
"""


class PageGate:
    """Knows what each page needs, and who asks.

    `needs` says for each page (by the name of its route) which permission it takes, None: no one's. `route_of` finds
    the page of a path. `who` tells who sends a Cookie header from an address.
    """

    def __init__(
        self,
        needs: Mapping[str, str | None],
        route_of: Callable[[str], str | None],
        who: Callable[[str, str], Identity],
    ) -> None:
        self._needs = needs
        self._route_of = route_of
        self._who = who

    def answer(self, scope: Scope, headers: Headers) -> Response | None:
        """What is answered instead of the page; None for who may see it, and for what is no page."""
        if (route := self._route_of(page_path(scope["path"]))) is None:
            return None
        permission = self._needs[route]
        if permission is None and route != LOGIN_ROUTE:
            return None
        identity = self._who(cookies_of(headers), address_of(scope))
        scope[PERSONAL] = identity.via != "nothing" or not identity.may(permission or "")
        if permission is None:
            return RedirectResponse(_wanted(scope), SEE_OTHER) if identity.via == "session" else None
        if identity.may(permission):
            return None
        if identity.via == "nothing":
            return RedirectResponse(_login(scope), SEE_OTHER)
        return HTMLResponse(NOT_FOUND_PAGE, 404)


def page_path(path: str) -> str:
    """The address of a page as people write it, whichever of its file's names was asked for."""
    plain = posixpath.normpath("/" + path.lstrip("/"))
    plain = _PACKED.sub(".html", plain)
    if plain.endswith(".html"):
        plain = plain.removesuffix(".html").removesuffix("/index")
    return plain or "/"


def _login(scope: Scope) -> str:
    query = scope["query_string"].decode("latin-1")
    wanted = quote(page_path(scope["path"])) + (f"?{query}" if query else "")
    if wanted == "/" or len(wanted) > NEXT_LIMIT:
        return LOGIN_PAGE
    return f"{LOGIN_PAGE}?next={quote(wanted, safe='/')}"


def _wanted(scope: Scope) -> str:
    """Where somebody who is logged in already was to go after the log-in."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    return own_path(query.get("next", [""])[0])
