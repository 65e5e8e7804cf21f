"""`/badge/{service}/status|uptime|response`: how one service is, as a small picture.

`{service}` is `page.name`, or `name` alone: the name that the page gives it, never its own. Who may read the board (a
session, a key, everybody where the board is public) may also use the service_id, and gets badges of all services.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from monitor_app.api.answers import tag_of_content
from monitor_app.api.problems import problem
from monitor_app.api.status_pages import badges
from monitor_app.api.status_pages.serving import OWN_HOST, PRIVATE, PUBLIC
from monitor_app.api.who import who
from monitor_app.domain.public_page import DAYS, PublicService, level_of
from monitor_app.engine.board_row import BoardRow
from monitor_app.errors import DatabaseUnavailable
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.published import UPTIME_DAYS

PATH: Final = "/badge/"
KEY_LIMIT: Final = 130
DEFAULT_DAYS: Final = 30
NOT_MODIFIED, NOT_FOUND, NOT_ALLOWED, UNAVAILABLE = 304, 404, 405, 503


class Badges:
    """It is no function, so a router takes it for an ASGI app."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        answer = await _answer(scope, Headers(scope=scope))
        await answer(scope, receive, send)


async def _answer(scope: Scope, headers: Headers) -> Response:
    if scope["method"] not in ("GET", "HEAD"):
        return problem(NOT_ALLOWED, "This address is read: GET or HEAD.", {"Allow": "GET, HEAD"})
    key, _, sort = scope["path"].removeprefix(PATH).partition("/")
    sort = sort.removesuffix(".svg")
    if not runtime.is_running():
        return _picture(headers, badges.badge("status", "not just now", "unknown"), PRIVATE, UNAVAILABLE)
    days = _days(scope["query_string"])
    if sort in badges.SORTS and key and len(key) <= KEY_LIMIT and days:
        if (content := _of_public(key, sort, days, scope.get(OWN_HOST, ""))) is not None:
            return _picture(headers, content, PUBLIC)
        if not scope.get(OWN_HOST) and (row := _of_board(scope, headers, key)) is not None:
            return await _of_reader(headers, row, sort, days)
    return _picture(headers, badges.badge("status", "no such badge", "paused"), PRIVATE, NOT_FOUND)


def _of_public(key: str, sort: str, days: int, only: str) -> bytes | None:
    """Of a service on a page that everybody may read; only what the page tells, and how long its last answer took.

    `only`: of this page alone, "" for any.
    """
    running = runtime.current()
    if running.status_press is None or (found := running.status_press.find_public(key, only)) is None:
        return None
    kept, service = found
    pk = kept.services[service.key]
    row = running.board.get(pk) if kept.public.stale_since is None else None
    if sort == "uptime":
        return badges.uptime_badge(service.name, days, _share(service, pk, days))
    if sort == "response":
        return badges.response_badge(service.name, None if row is None else row.response_ms)
    return badges.status_badge(service.name, "unknown" if row is None else service.level)


def _share(service: PublicService, pk: int, days: int) -> float | None:
    if days == DAYS:
        return service.uptime
    share: float | None = runtime.current().status_press.past_of(pk).uptime.get(days)
    return share


def _of_board(scope: Scope, headers: Headers, key: str) -> tuple[Identity, BoardRow] | None:
    """For who may read the board: any service, by its own name."""
    identity = who(scope, headers)
    row = runtime.current().board.find(key)
    return (identity, row) if row is not None and identity is not None and identity.may(BOARD_READ) else None


async def _of_reader(headers: Headers, found: tuple[Identity, BoardRow], sort: str, days: int) -> Response:
    identity, row = found
    running, name = runtime.current(), row.definition.label
    if sort == "status":
        level = level_of(row.status, in_maintenance=row.maintenance is not None)
        return _picture(headers, badges.status_badge(name, level), PRIVATE)
    if sort == "response":
        return _picture(headers, badges.response_badge(name, row.response_ms), PRIVATE)
    now = datetime.now(UTC)
    try:
        uptime = await running.results.uptime(identity, row.pk, now - timedelta(days=days), now)
    except DatabaseUnavailable:
        return _picture(headers, badges.badge(name, "not just now", "unknown"), PRIVATE, UNAVAILABLE)
    return _picture(headers, badges.uptime_badge(name, days, None if uptime is None else uptime.uptime), PRIVATE)


def _days(query: bytes) -> int:
    """The span that is asked for; 0 for one that there is not."""
    try:
        asked = parse_qs(query.decode("ascii"), max_num_fields=10).get("days", [str(DEFAULT_DAYS)])[0]
    except ValueError:
        return 0
    return next((days for days in UPTIME_DAYS if asked == str(days)), 0)


def _picture(headers: Headers, content: bytes, cache: str, status: int = 200) -> Response:
    own = {
        "Cache-Control": cache,
        "ETag": tag_of_content(content),
        "Cross-Origin-Resource-Policy": "cross-origin",
        # Opened by itself it may do nothing at all.
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    }
    if status == 200 and own["ETag"] in headers.get("if-none-match", ""):
        return Response(status_code=NOT_MODIFIED, headers=own)
    return Response(content, status, own, media_type="image/svg+xml")
