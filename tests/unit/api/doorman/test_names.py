"""Requests that a page of another site had a browser send, and those of our own pages and of programs."""

from functools import cache

import pytest
from starlette.datastructures import Headers

from monitor_app.api.app import create_api
from monitor_app.api.doorman import Doorman
from monitor_app.api.doorman.names import OwnNames, host_name
from monitor_app.settings import load_settings
from tests.asgi import ask
from tests.unit.api.doorman.origins import FOREIGN_ORIGINS
from tests.unit.api.people import OWN_HOST, OWN_PAGE, with_cookie, with_key

pytestmark = pytest.mark.usefixtures("runtime")
PUBLIC = "https://status.example.org"
JSON = {"Content-Type": "application/json"}


@cache
def app() -> Doorman:
    settings = load_settings(port=3000, public_url=PUBLIC)
    return Doorman(create_api(settings.model_copy(update={"public_url": ""})), settings)


def raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_foreign_origin_is_refused(origin: str, method: str) -> None:
    headers = {**with_cookie("admin"), **JSON, "Origin": origin}
    answer = await ask(app(), method, "/api/auth/me", raw(headers))
    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"


async def test_foreign_origin_is_refused_with_a_key_too() -> None:
    answer = await ask(app(), "GET", "/api/auth/me", {**with_key("admin"), "Origin": "http://evil.example"})
    assert answer.status_code == 403


async def test_two_origins_are_refused() -> None:
    own = Headers(raw=[(b"host", b"localhost:3000")] + [(b"origin", b"http://localhost:3000")] * 2)
    assert not OwnNames(load_settings(port=3000)).is_own_origin(own)
    assert not OwnNames(load_settings(port=3000)).is_own_host(Headers(raw=[(b"host", b"localhost")] * 2))


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000", PUBLIC])
async def test_own_origin_is_taken(origin: str) -> None:
    answer = await ask(app(), "POST", "/api/auth/login", {**OWN_HOST, **JSON, "Origin": origin})
    assert answer.status_code == 422


async def test_page_on_the_readers_own_computer_is_not_ours_under_the_public_name() -> None:
    headers = {"Host": "status.example.org", "Origin": "http://localhost:3000"}
    assert (await ask(app(), "GET", "/api/auth/me", headers)).status_code == 403
    assert (await ask(app(), "GET", "/api/auth/me", {**headers, "Origin": PUBLIC})).status_code == 200


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
async def test_fetch_of_another_site_is_refused(site: str, status: int) -> None:
    headers = {**OWN_HOST, "Cookie": "lb_session=admin", "Sec-Fetch-Site": site}
    assert (await ask(app(), "GET", "/api/auth/me", headers)).status_code == status


async def test_fetch_of_another_site_is_refused_whatever_its_origin() -> None:
    headers = {**with_cookie("admin"), "Sec-Fetch-Site": "cross-site"}
    assert (await ask(app(), "GET", "/api/auth/me", headers)).status_code == 403


async def test_page_on_another_port_of_this_machine_names_itself() -> None:
    """As under `reflex run`: another port is the same site, and another origin."""
    headers = {**with_cookie("admin"), "Sec-Fetch-Site": "same-site"}
    assert (await ask(app(), "GET", "/api/auth/me", headers)).status_code == 200


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", ""],
)
async def test_form_of_a_browser_changes_nothing(content_type: str) -> None:
    headers = {**with_cookie("admin"), "Content-Type": content_type}
    answer = await ask(app(), "POST", "/api/auth/logout", headers, content=b'{"a": "b"}')
    assert answer.status_code == 403
    assert "application/json" in answer.json()["detail"]


@pytest.mark.parametrize("site", [{}, {"Sec-Fetch-Site": "none"}])
async def test_change_by_cookie_alone_is_refused(site: dict[str, str]) -> None:
    headers = {**OWN_HOST, **JSON, **site, "Cookie": "lb_session=admin"}
    answer = await ask(app(), "POST", "/api/auth/logout", headers, json={})
    assert answer.status_code == 403
    assert "API key" in answer.json()["detail"]


async def test_change_from_an_own_page_is_taken_with_either_header() -> None:
    for headers in (OWN_PAGE, {**OWN_HOST, "Sec-Fetch-Site": "same-origin"}):
        answer = await ask(app(), "POST", "/api/auth/login", {**headers, **JSON}, content=b"{}")
        assert answer.status_code == 422


async def test_program_with_a_key_needs_no_origin() -> None:
    answer = await ask(app(), "POST", "/api/auth/login", with_key("viewer"), json={})
    assert answer.status_code == 422


@pytest.mark.parametrize(("host", "name"), [("[::1]:3000", "::1"), ("a:1", "a"), ("a/b", ""), ("x@a", ""), ("[", "")])
def test_host_name(host: str, name: str) -> None:
    assert host_name(host) == name
