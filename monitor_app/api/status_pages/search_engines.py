"""`/robots.txt` and `/sitemap.xml`: of all this, search engines may look at status pages only."""

from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from monitor_app.api.access import open_to_all
from monitor_app.api.status_pages.badge_route import PATH as BADGES
from monitor_app.api.status_pages.serving import PATH, PUBLIC
from monitor_app.api.status_pages.words import stamp
from monitor_app.state import runtime

ROBOTS: Final = "/robots.txt"
SITEMAP: Final = "/sitemap.xml"
_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_HEADERS: Final = {"Cache-Control": PUBLIC}


def routes() -> list[Route]:
    """For everybody: both say nothing that is not public."""
    return [Route(ROBOTS, open_to_all(robots)), Route(SITEMAP, open_to_all(sitemap))]


async def robots(request: Request) -> Response:
    """The longest line that fits a path counts. Without an address of ours nobody can be told where the map is."""
    home = _home()
    where = f"Sitemap: {home}{SITEMAP}\n" if home else ""
    text = f"User-agent: *\nDisallow: /\nAllow: {PATH}\nAllow: {BADGES}\n{where}"
    return PlainTextResponse(text, headers=_HEADERS)


async def sitemap(request: Request) -> Response:
    """Public pages that may be listed; those with a host of their own are at home there."""
    press = runtime.current().status_press if runtime.is_running() else None
    home = _home()
    pages = press.indexed() if press is not None and home else []
    found = "".join(
        f"<url><loc>{escape(home + kept.public.base)}</loc><lastmod>{stamp(kept.public.as_of)}</lastmod></url>"
        for kept in pages
        if not kept.page.host_name
    )
    content = f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="{_NAMESPACE}">{found}</urlset>\n'
    return Response(content, headers=_HEADERS, media_type="application/xml")


def _home() -> str:
    return runtime.current().public_url if runtime.is_running() else ""
