"""Pasted web addresses, tried for real: https first, then http."""

from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from monitor_app.demo.servers import running_servers
from monitor_app.net import Network
from monitor_app.use_cases.paste import LineState, PasteSession
from monitor_app.use_cases.probing import Probing

ANY_FREE_PORT = 65_536


@pytest.fixture
async def session(admin, registry, services) -> AsyncIterator[PasteSession]:
    network = Network()
    yield PasteSession(lambda: admin, registry, Probing(network, registry), services)
    await network.close()


@pytest.fixture
async def urls() -> AsyncIterator[dict[str, str]]:
    async with running_servers(ANY_FREE_PORT) as urls:
        yield urls


def bare(url: str) -> str:
    return urlsplit(url).netloc


async def test_bare_host_is_tried_with_https_then_http(session, urls) -> None:
    await session.add(
        "\n".join([bare(urls["/shop"]), bare(urls["/wiki"]), bare(urls["/pay/ready"]), bare(urls["/erp"])])
    )
    await session.finish()
    await session.test()
    shop, wiki, pay, erp = session.lines
    assert (shop.state, shop.target) == (LineState.OK, f"http://{bare(urls['/shop'])}")
    assert shop.result.phases["first_byte"] > 0
    assert (wiki.state, wiki.target) == (LineState.FAILING, f"https://{bare(urls['/wiki'])}")
    assert "self-signed" in wiki.message
    assert (pay.state, pay.target) == (LineState.FAILING, f"http://{bare(urls['/pay/ready'])}")
    assert "503" in pay.message
    assert (erp.state, erp.target) == (LineState.FAILING, f"https://{bare(urls['/erp'])}")
    assert "refused" in erp.message


async def test_saved_service_keeps_what_answered(session, services, admin, urls) -> None:
    await session.add(bare(urls["/shop"]))
    await session.finish()
    await session.test()
    (saved,) = await session.save()
    assert saved.status_config == {"url": f"http://{bare(urls['/shop'])}"}
    assert saved.label == bare(urls["/shop"])
    assert saved.service_id == bare(urls["/shop"]).replace(".", "-").replace(":", "-")


async def test_full_url_is_tried_as_it_stands(session, urls) -> None:
    await session.add(f"{urls['/shop']}\nhttps://{bare(urls['/shop'])}/shop")
    await session.finish()
    await session.test()
    assert [line.state for line in session.lines] == [LineState.OK, LineState.FAILING]
