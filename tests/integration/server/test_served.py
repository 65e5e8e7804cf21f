"""What one port answers: screens, backend, websocket; and whom it refuses."""

import gzip
import re
import ssl

import httpx
import pytest
import websockets
from websockets.exceptions import InvalidStatus

from tests.e2e.conftest import LiveApp

EVENT_PATH = "/_event/?EIO=4&transport=websocket&token=a-token"


async def first_words(app: LiveApp, scheme: str = "ws", context: ssl.SSLContext | None = None, **headers: str) -> str:
    """What the event websocket says first."""
    url = f"{scheme}://localhost:{app.port}{EVENT_PATH}"
    async with websockets.connect(url, ssl=context, additional_headers=headers, proxy=None, open_timeout=10) as socket:
        text = await socket.recv()
        assert isinstance(text, str)
        return text


def test_screens_and_backend_share_the_port(served: LiveApp) -> None:
    page = httpx.get(served.url)
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert httpx.get(f"{served.url}/livez").json() == {"status": "ok"}
    assert httpx.get(f"{served.url}/ping").text == '"pong"'


def test_bundle_names_no_port_of_this_start_and_is_the_patched_one(served: LiveApp) -> None:
    scripts = set(re.findall(r"/assets/[\w.-]+\.js", httpx.get(served.url).text))
    texts = [httpx.get(f"{served.url}{script}").text for script in scripts]
    assert any("SAME_ORIGIN" in text for text in texts)
    assert not any(f":{served.port}" in text for text in texts)


def test_assets_come_compressed_and_are_kept(served: LiveApp) -> None:
    script = re.findall(r"/assets/[\w.-]+\.js", httpx.get(served.url).text)[0]
    with httpx.stream("GET", f"{served.url}{script}", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert "immutable" in answer.headers["cache-control"]
        assert gzip.decompress(b"".join(answer.iter_raw()))


@pytest.mark.parametrize("path", ["/_upload", "/_all_routes", "/sitemap.xml"])
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
        await websockets.connect(url, host="127.0.0.1", port=served.port, proxy=None, open_timeout=10)


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
    assert httpx.get(url, verify=context).status_code == 200
    assert httpx.get(f"{url}/livez", verify=context).status_code == 200
    assert (await first_words(app, "wss", context, Origin=url)).startswith("0{")
