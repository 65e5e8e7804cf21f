"""A status page at a host name of its own: that page, its files and its badges are there, and nothing else."""

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import Scope

from monitor_app.api.hosts import host_name
from monitor_app.api.status_pages.serving import ENTER, LEAVE, LOGO, OWN_HOST, PATH
from monitor_app.state import runtime

BADGES: Final = "/badge/"
ROBOTS: Final = "/robots.txt"
NOT_FOUND: Final = 404
# What may also be asked for without the page's path.
_FILES: Final = frozenset({"feed.atom", "feed.rss", "feed.json", "summary.json", LOGO, ENTER, LEAVE})


def page_scope(scope: Scope, headers: Headers) -> Scope | Response | None:
    """None: no page has this host. Else what was asked for, as the program knows it, or what is answered instead."""
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not runtime.is_running() or (press := runtime.current().status_press) is None:
        return None
    slug = press.slug_of_host(host_name(hosts[0]))
    if slug is None:
        return None
    path = scope["path"]
    if path == ROBOTS:
        kept = press.find(slug)
        is_open = kept is not None and kept.public.is_indexed and kept.public.is_public
        return PlainTextResponse(f"User-agent: *\n{'Allow' if is_open else 'Disallow'}: /\n")
    own = f"{PATH}{slug}"
    if path == "/":
        path = own
    elif path[1:] in _FILES:
        path = f"{own}{path}"
    elif not path.isprintable() or (path != own and not path.startswith((f"{own}/", BADGES))):
        # No route has line breaks in its path: what does may end up elsewhere.
        return PlainTextResponse("There is nothing at this address.\n", NOT_FOUND)
    return {**scope, "path": path, "raw_path": path.encode(), OWN_HOST: slug}
