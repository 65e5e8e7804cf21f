"""`/status/{slug}` and what belongs to it, from memory. Plain ASGI: thousands may read at once, and none is counted."""

import asyncio
import base64
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from monitor_app.api.hosts import host_name
from monitor_app.api.problems import problem
from monitor_app.api.status_pages.html import entry_form, message_page
from monitor_app.api.status_pages.press import Kept, Printed
from monitor_app.api.status_pages.private import KEPT_SECONDS, WrongPassword, cookie_name
from monitor_app.api.status_pages.style import policy_of, style_of
from monitor_app.api.who import address_of, who
from monitor_app.state import runtime
from monitor_app.use_cases.password_check import SlowDown

PATH: Final = "/status/"
ENTER, LEAVE, LOGO = "enter", "leave", "logo"
# Whoever stands between us and the readers may answer for so long; browsers ask again each time they are told to.
PUBLIC: Final = "public, max-age=15, stale-while-revalidate=60, stale-if-error=86400"
PRIVATE: Final = "private, no-store"
LOGO_KEPT: Final = "public, max-age=31536000, immutable"
FORM_TYPE: Final = "application/x-www-form-urlencoded"
FORM_LIMIT: Final = 4096
# Who sends it more slowly is not waited for: anybody may open as many as they like.
FORM_SECONDS: Final = 10.0
_BASIC: Final = 'Basic realm="status page", charset="UTF-8"'
SEE_OTHER, MOVED, NOT_MODIFIED = 303, 308, 304
# In a scope: the request came under the host name of the page with this slug.
OWN_HOST: Final = "lightbulb.page_host"
# Pictures and feeds of public pages may be shown by other sites.
_SHARED: Final = {"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}
_STYLE: Final = style_of("")
_MESSAGE_POLICY, _FORM_POLICY = policy_of(_STYLE), policy_of(_STYLE, has_form=True)


class StatusPages:
    """All under `/status/`; it is no function, so a router takes it for an ASGI app."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        answer = await _answer(scope, Headers(scope=scope), receive)
        await answer(scope, receive, send)


async def _answer(scope: Scope, headers: Headers, receive: Receive) -> Response:
    slug, _, name = scope["path"].removeprefix(PATH).partition("/")
    is_form = scope["method"] == "POST" and name in (ENTER, LEAVE)
    if scope["method"] not in ("GET", "HEAD") and not is_form:
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, "This address is read: GET or HEAD.", {"Allow": "GET, HEAD"})
    press = runtime.current().status_press if runtime.is_running() else None
    if press is None:
        return _message(HTTPStatus.SERVICE_UNAVAILABLE, "Starting", "This page is there in a moment. Load it again.")
    kept: Kept | None = press.find(slug)
    if kept is None:
        # What is copied from paper or spoken out.
        small = press.find(slug.lower())
        return (
            _missing()
            if small is None
            else RedirectResponse(f"{PATH}{slug.lower()}{scope['path'][len(PATH + slug) :]}", MOVED)
        )
    if name in (ENTER, LEAVE):
        return await _form_answer(kept, name, scope, headers, receive) if is_form else _back(kept, scope)
    if name == "" and scope["path"].endswith("/"):
        return RedirectResponse(f"{PATH}{slug}", MOVED)
    if (refusal := await _refusal(kept, name, scope, headers)) is not None:
        return refusal
    if name == LOGO:
        return _logo(kept, scope)
    printed = kept.files.get(name)
    return _missing() if printed is None else _printed(kept, name, printed, headers)


async def _refusal(kept: Kept, name: str, scope: Scope, headers: Headers) -> Response | None:
    """What is answered to who may not read it."""
    match kept.page.access:
        case "password" if not runtime.current().page_entrance.has_entered(kept.page, headers):
            return await _by_header(kept, scope, headers) if name else _form(kept)
        case "login" if not _is_signed_in(scope, headers):
            if name:
                text = "This is for those who are logged in."
                return _message(HTTPStatus.UNAUTHORIZED, "Private", text, {"WWW-Authenticate": "Bearer"})
            return _to_log_in(kept, scope)
        case _:
            return None


async def _by_header(kept: Kept, scope: Scope, headers: Headers) -> Response | None:
    """Readers of feeds bring no cookie, but many can say a password with any name (RFC 7617); judged as in the form."""
    password = _said_password(headers)
    try:
        if password is None:
            raise WrongPassword("This is for those who know the page's password.")
        await runtime.current().page_entrance.enter(kept.page, password, address_of(scope))
    except SlowDown as err:
        return _message(HTTPStatus.TOO_MANY_REQUESTS, "Private", str(err), _waiting(err))
    except WrongPassword as err:
        return _message(HTTPStatus.UNAUTHORIZED, "Private", str(err), {"WWW-Authenticate": _BASIC})
    return None


def _said_password(headers: Headers) -> str | None:
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        _, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None
    return password if colon else None


def _waiting(err: SlowDown) -> dict[str, str]:
    return {"Retry-After": str(max(1, round(err.retry_after + 0.5)))}


def _to_log_in(kept: Kept, scope: Scope) -> Response:
    """On a host of its own nobody is logged in: there the way leads to the page under the name of the installation."""
    wanted, home = f"{PATH}{kept.page.slug}", runtime.current().public_url
    if not scope.get(OWN_HOST):
        return RedirectResponse(f"/login?next={quote(wanted)}", SEE_OTHER, {"Cache-Control": PRIVATE})
    if home:
        return RedirectResponse(f"{home}{wanted}", SEE_OTHER, {"Cache-Control": PRIVATE})
    return _message(HTTPStatus.FORBIDDEN, "Private", "Log in at Lightbulb itself to read this page.")


def _is_signed_in(scope: Scope, headers: Headers) -> bool:
    """Any account, key or wall screen; that the board may be public does not count."""
    identity = who(scope, headers)
    return identity is not None and identity.via != "nothing"


def _printed(kept: Kept, name: str, printed: Printed, headers: Headers) -> Response:
    own = {"ETag": printed.tag, "Vary": "Accept-Encoding", **_private_or_public(kept)}
    if not name:
        own["Content-Security-Policy"] = kept.policy
    elif kept.page.access == "public":
        own |= _SHARED
    known = [tag.strip().removeprefix("W/") for tag in headers.get("if-none-match", "").split(",")]
    if printed.tag in known:
        return Response(status_code=NOT_MODIFIED, headers=own)
    if "gzip" in headers.get("accept-encoding", ""):
        return Response(printed.packed, headers={**own, "Content-Encoding": "gzip"}, media_type=printed.media_type)
    return Response(printed.content, headers=own, media_type=printed.media_type)


def _logo(kept: Kept, scope: Scope) -> Response:
    if not kept.page.logo_type:
        return _missing()
    picture = runtime.current().status_press.logo(kept)
    if picture is None:
        return Response("not just now\n", HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "10"})
    if kept.page.access == "public":
        # For ever only under the address of just this picture: who asks for the next one beforehand must not make
        # others keep this one for it.
        is_named = scope["query_string"] == str(kept.page.revision).encode()
        own = {"Cache-Control": LOGO_KEPT if is_named else PUBLIC, **_SHARED}
    else:
        own = {"Cache-Control": PRIVATE}
    # A picture, whatever is in it: nothing in it may run, should somebody open it by itself.
    own["Content-Security-Policy"] = "default-src 'none'; sandbox; frame-ancestors 'none'"
    return Response(picture, headers=own, media_type=kept.page.logo_type)


async def _form_answer(kept: Kept, name: str, scope: Scope, headers: Headers, receive: Receive) -> Response:
    if kept.page.access != "password":
        return _missing()
    if _is_foreign(headers):
        return _message(HTTPStatus.FORBIDDEN, "Refused", "This can only be done on the page itself.")
    return _leave(kept, scope) if name == LEAVE else await _enter(kept, scope, headers, receive)


def _back(kept: Kept, scope: Scope) -> Response:
    """After a wrong password the browser stands at the address of the form: who loads it again wants the page."""
    if kept.page.access != "password":
        return _missing()
    return RedirectResponse(_home(kept, scope), SEE_OTHER, {"Cache-Control": PRIVATE})


def _home(kept: Kept, scope: Scope) -> str:
    return "/" if scope.get(OWN_HOST) else f"{PATH}{kept.page.slug}"


def _leave(kept: Kept, scope: Scope) -> Response:
    answer = _back(kept, scope)
    _remember(answer, kept, scope, "", 0)
    return answer


def _remember(answer: Response, kept: Kept, scope: Scope, value: str, seconds: int) -> None:
    answer.set_cookie(
        cookie_name(kept.page),
        value,
        max_age=seconds,
        path=_home(kept, scope),
        secure=scope["scheme"] == "https",
        httponly=True,
        samesite="lax",
    )


async def _enter(kept: Kept, scope: Scope, headers: Headers, receive: Receive) -> Response:
    password = await _password(headers, receive)
    if password is None:
        return _message(HTTPStatus.BAD_REQUEST, "Refused", "This is no form of the page.")
    try:
        value = await runtime.current().page_entrance.enter(kept.page, password, address_of(scope))
    except SlowDown as err:
        return _form(kept, str(err), HTTPStatus.TOO_MANY_REQUESTS, _waiting(err))
    except WrongPassword as err:
        return _form(kept, str(err), HTTPStatus.UNAUTHORIZED)
    answer = _back(kept, scope)
    _remember(answer, kept, scope, value, KEPT_SECONDS)
    return answer


def _is_foreign(headers: Headers) -> bool:
    """Whether another site's page sends the form."""
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return True
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).hostname != host_name(headers.get("host", ""))


async def _password(headers: Headers, receive: Receive) -> str | None:
    """What the form says; None for what is none of ours."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_TYPE:
        return None
    try:
        async with asyncio.timeout(FORM_SECONDS):
            body = await _body(receive)
    except TimeoutError:
        return None
    if body is None:
        return None
    try:
        values = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        return None
    return values.get("password", [""])[0]


async def _body(receive: Receive) -> bytes | None:
    """None for one that is too long, or that nobody sends any more."""
    body, has_more = b"", True
    while has_more:
        message = await receive()
        if message["type"] != "http.request":
            return None
        body += message.get("body", b"")
        has_more = message.get("more_body", False)
        if len(body) > FORM_LIMIT:
            return None
    return body


def _form(kept: Kept, wrong: str = "", status: int = HTTPStatus.OK, more: dict[str, str] | None = None) -> Response:
    content = entry_form(f"{PATH}{kept.page.slug}/{ENTER}", wrong, _STYLE)
    own = {"Cache-Control": PRIVATE, "X-Robots-Tag": "noindex", "Content-Security-Policy": _FORM_POLICY, **(more or {})}
    return Response(content, status, own, media_type="text/html; charset=utf-8")


def _private_or_public(kept: Kept) -> dict[str, str]:
    if kept.page.access != "public":
        return {"Cache-Control": PRIVATE, "X-Robots-Tag": "noindex"}
    return {"Cache-Control": PUBLIC} if kept.page.is_indexed else {"Cache-Control": PUBLIC, "X-Robots-Tag": "noindex"}


def _missing() -> Response:
    return _message(HTTPStatus.NOT_FOUND, "No such page", "There is no status page at this address.")


def _message(status: int, title: str, text: str, more: dict[str, str] | None = None) -> Response:
    own = {"Cache-Control": PRIVATE, "X-Robots-Tag": "noindex", "Content-Security-Policy": _MESSAGE_POLICY}
    own |= more or {}
    return Response(message_page(title, text, _STYLE), status, own, media_type="text/html; charset=utf-8")
