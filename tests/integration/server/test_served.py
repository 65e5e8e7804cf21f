"""What one port answers: screens, backend, websocket; and whom it refuses."""

import gzip
import re
import ssl
from collections.abc import Iterator

import httpx
import pytest
import websockets
from websockets.exceptions import InvalidStatus

from monitor_app.api.doorman import SECURITY_HEADERS
from monitor_app.api.doorman.policy import inline_hashes
from tests.e2e.conftest import LiveApp

EVENT_PATH = "/_event/?EIO=4&transport=websocket&token=a-token"


async def first_words(app: LiveApp, scheme: str = "ws", context: ssl.SSLContext | None = None, **headers: str) -> str:
    """What the event websocket says first."""
    url = f"{scheme}://localhost:{app.port}{EVENT_PATH}"
    async with websockets.connect(url, ssl=context, additional_headers=headers, proxy=None, open_timeout=60) as socket:
        text = await socket.recv()
        assert isinstance(text, str)
        return text


def test_screens_and_backend_share_the_port(served: LiveApp) -> None:
    page = httpx.get(served.url, cookies=served.cookies)
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert httpx.get(f"{served.url}/livez").json() == {"status": "ok"}
    assert httpx.get(f"{served.url}/ping").text == '"pong"'


def test_bundle_names_no_port_of_this_start_and_is_the_patched_one(served: LiveApp) -> None:
    scripts = set(re.findall(r"/assets/[\w.-]+\.js", httpx.get(served.url, cookies=served.cookies).text))
    texts = [httpx.get(f"{served.url}{script}").text for script in scripts]
    assert any("SAME_ORIGIN" in text for text in texts)
    # With a host before it: a bundle has numbers of its own that a port may hit.
    named = re.compile(rf"""(//[^\s/"'`]+|localhost|127\.0\.0\.1):{served.port}\b""")
    assert not any(named.search(text) for text in texts)


def test_assets_come_compressed_and_are_kept(served: LiveApp) -> None:
    script = re.findall(r"/assets/[\w.-]+\.js", httpx.get(served.url, cookies=served.cookies).text)[0]
    with httpx.stream("GET", f"{served.url}{script}", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert "immutable" in answer.headers["cache-control"]
        assert gzip.decompress(b"".join(answer.iter_raw()))


@pytest.mark.parametrize("path", ["/_upload", "/_all_routes"])
def test_doors_that_are_not_used_are_not_there(served: LiveApp, path: str) -> None:
    assert httpx.get(f"{served.url}{path}").status_code in (404, 405)
    assert httpx.post(f"{served.url}{path}", files={"files": b"x"}).status_code in (404, 405)


async def test_websocket_of_an_own_page_opens(served: LiveApp) -> None:
    assert (await first_words(served, Origin=f"http://localhost:{served.port}")).startswith("0{")
    assert (await first_words(served, Origin="https://status.example.org")).startswith("0{")


@pytest.mark.parametrize("origin", ["http://evil.example", "http://localhost:1", "null"])
async def test_websocket_of_a_foreign_page_is_refused(served: LiveApp, origin: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await first_words(served, Origin=origin)
    assert caught.value.response.status_code == 403


async def test_websocket_under_a_foreign_name_is_refused(served: LiveApp) -> None:
    url = f"ws://evil.example:{served.port}{EVENT_PATH}"
    with pytest.raises(InvalidStatus):
        await websockets.connect(url, host="127.0.0.1", port=served.port, proxy=None, open_timeout=60)


def test_foreign_name_is_refused(served: LiveApp) -> None:
    answer = httpx.get(served.url, headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert "PUBLIC_URL" in answer.text


def test_no_answer_allows_foreign_pages_to_read_it(served: LiveApp) -> None:
    answer = httpx.get(f"{served.url}/livez", headers={"Origin": "http://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


async def test_tls_serves_everything_on_the_same_port(secure: tuple[LiveApp, ssl.SSLContext]) -> None:
    app, context = secure
    url = f"https://localhost:{app.port}"
    assert httpx.get(url, verify=context).headers["location"] == "/login"
    assert httpx.get(f"{url}/livez", verify=context).status_code == 200
    account = {"token": app.setup_token(), "username": "ada", "password": "correct horse battery staple"}
    answer = httpx.post(f"{url}/api/auth/setup", json=account, headers={"Origin": url}, verify=context, timeout=60)
    assert answer.status_code == 200
    name, *flags = answer.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-lb_session=")
    assert set(flags) == {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}
    assert httpx.get(url, verify=context, headers={"Cookie": name}).status_code == 200
    assert (await first_words(app, "wss", context, Origin=url)).startswith("0{")


async def test_websocket_without_an_origin_is_refused(served: LiveApp) -> None:
    for headers in ({}, {"Authorization": "Bearer lb_none_such"}, {"Cookie": cookie_of(served)}):
        with pytest.raises(InvalidStatus) as caught:
            await first_words(served, **headers)
        assert caught.value.response.status_code == 403


def test_every_answer_has_the_security_headers(served: LiveApp) -> None:
    own = {"Origin": served.url, "Access-Control-Request-Method": "POST"}
    answers = [
        httpx.get(served.url),
        httpx.get(served.url, cookies=served.cookies),
        httpx.get(f"{served.url}/livez"),
        httpx.get(f"{served.url}/nowhere"),
        httpx.get(f"{served.url}/favicon.svg"),
        httpx.get(f"{served.url}/push/nobody"),
        httpx.get(f"{served.url}/api/nowhere"),
        httpx.get(served.url, headers={"Host": "evil.example"}),
        httpx.options(f"{served.url}/api/auth/login", headers=own),
        httpx.get(f"{served.url}/_event"),
    ]
    for answer in answers:
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], answer.url
        for name, value in SECURITY_HEADERS.items():
            assert answer.headers[name] == value, answer.url


def test_page_runs_only_the_scripts_of_its_build(served: LiveApp) -> None:
    page = httpx.get(served.url, cookies=served.cookies)
    policy = page.headers["Content-Security-Policy"]
    hashes = inline_hashes(page.text)
    assert hashes
    assert all(f"'{known}'" in policy for known in hashes)
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"


def test_api_needs_a_log_in_from_an_own_page(served: LiveApp) -> None:
    url = f"{served.url}/api/auth/me"
    assert httpx.get(url).json()["username"] == ""
    cookie = {"Cookie": cookie_of(served)}
    assert httpx.get(url, headers=cookie).json()["role"] == "admin"
    assert httpx.get(url, headers={**cookie, "Origin": "http://evil.example"}).status_code == 403
    logout = f"{served.url}/api/auth/logout"
    form = {**cookie, "Content-Type": "text/plain", "Origin": served.url}
    assert httpx.post(logout, content=b"{}", headers=form).status_code == 403
    assert httpx.post(logout, json={}, headers=cookie).status_code == 403
    assert httpx.get(url, headers=cookie).json()["role"] == "admin"


def test_body_without_a_length_is_bounded_too(served: LiveApp) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(20):
            yield b" " * 65_536

    headers = {"Origin": served.url, "Content-Type": "application/json"}
    answer = httpx.post(f"{served.url}/api/auth/login", content=chunks(), headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


def test_headers_are_bounded(served: LiveApp) -> None:
    headers = {f"X-{number}": "x" * 8000 for number in range(20)}
    assert httpx.get(f"{served.url}/livez", headers=headers).status_code == 431


def cookie_of(app: LiveApp) -> str:
    return "; ".join(f"{name}={value}" for name, value in app.cookies.items())
