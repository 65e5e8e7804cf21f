"""Logging in and out as browsers and programs see it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from monitor_app.api.app import create_api
from monitor_app.domain.account import InvitationView
from monitor_app.security.permissions import ADMIN, Identity
from monitor_app.settings import load_settings
from monitor_app.state.runtime import Runtime
from monitor_app.use_cases.sign_in import IssuedToken, SignedIn
from tests.asgi import ask
from tests.unit.api.people import OWN_PAGE, running, with_cookie, with_key

ACCOUNT = {"token": "t", "username": "anna", "password": "p"}


@dataclass
class SignIn:
    """Lets everybody in, and remembers what it was called with."""

    max_age: int | None = None
    calls: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        async def call(*args: Any, **named: Any) -> Any:
            self.calls.append((name, args))
            match name:
                case "look_at_invitation":
                    now = datetime(2026, 1, 2, tzinfo=UTC)
                    return InvitationView(1, "editor", False, "for Ben", "anna", now, now, "open")
                case "issue_token":
                    return IssuedToken("e.y.j", 600)
                case "log_out":
                    return None
            return SignedIn("the-token", Identity.of_role("anna", ADMIN, via="session", account_pk=1), self.max_age)

        return call


@pytest.fixture
def sign_in() -> SignIn:
    return SignIn()


@pytest.fixture
def runtime(sign_in: SignIn) -> Iterator[Runtime]:
    with running(sign_in=sign_in) as installed:
        yield installed


async def post(path: str, body: Any, headers: dict[str, str] | None = None, **settings: Any) -> httpx.Response:
    return await ask(create_api(load_settings(**settings)), "POST", f"/api/auth/{path}", headers or OWN_PAGE, json=body)


async def test_log_in_sets_the_cookie(runtime: Runtime, sign_in: SignIn) -> None:
    headers = {**OWN_PAGE, "User-Agent": "Fox"}
    answer = await post("login", {"username": "anna", "password": "p", "code": "1", "keep": True}, headers)
    assert answer.json() == {"username": "anna", "role": "admin", "next": "/"}
    assert sign_in.calls == [("log_in", ("anna", "p", "1", True, "Fox", "127.0.0.1"))]
    parts = set(answer.headers["set-cookie"].split("; "))
    assert parts == {"lb_session=the-token", "HttpOnly", "Path=/", "SameSite=lax"}


async def test_cookie_over_https_belongs_to_this_host_alone(runtime: Runtime, sign_in: SignIn) -> None:
    sign_in.max_age = 3600
    answer = await post("login", {"username": "a", "password": "p"}, public_url="https://status.example.org")
    parts = set(answer.headers["set-cookie"].split("; "))
    assert parts == {"__Host-lb_session=the-token", "HttpOnly", "Path=/", "SameSite=lax", "Secure", "Max-Age=3600"}


@pytest.mark.parametrize(
    ("wanted", "opened"), [("/help?q=1", "/help?q=1"), ("//evil.example", "/wall"), ("", "/wall"), ("/login", "/wall")]
)
async def test_page_that_was_wanted_opens_or_ones_own_first(runtime: Runtime, wanted: str, opened: str) -> None:
    runtime.access.start_page = "/wall"
    assert (await post("login", {"username": "a", "password": "p", "next": wanted})).json()["next"] == opened


@pytest.mark.parametrize(
    ("path", "body", "called"),
    [
        ("setup", ACCOUNT, "set_up"),
        ("invitation", ACCOUNT, "accept_invitation"),
        ("wall", {"token": "t"}, "open_wall"),
    ],
)
async def test_links_log_in_too(runtime: Runtime, sign_in: SignIn, path: str, body: Any, called: str) -> None:
    answer = await post(path, body)
    assert "lb_session=the-token" in answer.headers["set-cookie"]
    assert sign_in.calls[0][0] == called


async def test_invitation_is_shown_before_it_is_taken(runtime: Runtime) -> None:
    answer = await post("invitation/check", {"token": "t"})
    assert answer.json() == {
        "role": "editor", "is_setup": False, "note": "for Ben", "expires_at": "2026-01-02T00:00:00+00:00"
    }  # fmt: skip
    assert "set-cookie" not in answer.headers


async def test_own_password_is_changed_and_the_session_is_new(runtime: Runtime) -> None:
    body = {"current": "a", "new": "b"}
    assert (await post("password", body)).status_code == 401
    answer = await post("password", body, with_cookie("viewer"))
    assert "lb_session=the-token" in answer.headers["set-cookie"]


async def test_log_out_has_the_browser_forget(runtime: Runtime, sign_in: SignIn) -> None:
    answer = await post("logout", {}, with_cookie("viewer"))
    assert answer.status_code == 204
    assert sign_in.calls[0][0] == "log_out"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert answer.headers["clear-site-data"] == '"cache", "storage"'


async def test_key_is_changed_for_a_token(runtime: Runtime) -> None:
    answer = await post("token", None, with_key("viewer"))
    assert answer.json() == {"access_token": "e.y.j", "token_type": "Bearer", "expires_in": 600}


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        None,
        "text",
        {"username": "a"},
        {"username": 1, "password": "p"},
        {"username": "a", "password": ["p"]},
        {"username": "a", "password": "p" * 1001},
        {"username": "a", "password": "p", "role": "admin"},
        {"username": "a", "password": "p", "id": 1},
        {"username": "a", "password": "p", "keep": "yes"},
        {"username": {"a": {"b": "c"}}, "password": "p"},
    ],
)
async def test_what_is_no_log_in_is_refused(runtime: Runtime, sign_in: SignIn, body: Any) -> None:
    answer = await post("login", body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert sign_in.calls == []


async def test_me_tells_who_and_what(runtime: Runtime) -> None:
    api = create_api(load_settings())
    assert (await ask(api, "GET", "/api/auth/me", with_key("viewer"))).json() == {
        "username": "a viewer",
        "role": "viewer",
        "via": "key",
        "permissions": ["board:read", "monitor:read", "profile:manage"],
    }
    nobody = (await ask(api, "GET", "/api/auth/me")).json()
    assert nobody == {"username": "", "role": "anonymous", "via": "nothing", "permissions": []}
