"""Datacentre, namespace, partition and token go with every question, on a server that answers nobody else.

It speaks the published API (https://developer.hashicorp.com/consul/api-docs) as Consul Enterprise does; the real agent
of the other tests knows neither namespaces nor partitions.
"""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from monitor_app.net import Network
from monitor_app.net.failures import NetworkFailure
from monitor_app.plugins.source_kinds import SourceContext
from monitor_app.sources.consul.config import Config
from monitor_app.sources.consul.poll import FILTERED, SILENT_NODE, poll, watch
from tests.servers.http import Exchange, HttpServer, http_server, reply

TOKEN = "3b9f21c4-8d57-4e0a-9c66-5a1e7f80d2b3"
NAMED = {"dc": ["dc2"], "ns": ["team"], "partition": ["east"]}
NODE = {"Node": "rack 1", "Address": "10.0.0.1", "Datacenter": "dc2"}
SHOP = {"ID": "shop", "Service": "shop", "Port": 80, "Namespace": "team"}
CHECK = {"Node": "rack 1", "ServiceID": "shop", "CheckID": "http", "Name": "http", "Status": "passing", "Type": "http"}


class Consul:
    """Every path of its own, for those only who name all four; `index` grows with each blocking query."""

    def __init__(self, http: HttpServer) -> None:
        self.http, self.index = http, 7
        self.headers: dict[str, str] = {}
        documents: dict[str, Any] = {
            "/v1/health/state/any": [CHECK],
            "/v1/catalog/nodes": [NODE, {"Node": "rack-2"}],
            "/v1/catalog/services": {"shop": []},
            "/v1/catalog/node/rack%201": {"Node": NODE, "Services": {"shop": SHOP}},
            "/v1/catalog/node/rack-2": {"Node": {"Node": "rack-2"}, "Services": {}},
            "/v1/connect/intentions": [],
        }
        for path, document in documents.items():
            self.answer(path, document)

    def answer(self, path: str, document: Any) -> None:
        body = json.dumps(document).encode()

        async def behave(exchange: Exchange) -> None:
            asked = parse_qs(urlsplit(exchange.request.path).query)
            token = exchange.request.headers.get("x-consul-token", "")
            if token != TOKEN or {name: asked.get(name) for name in NAMED} != NAMED:
                await reply(403, f"Permission denied: token {token} in {exchange.request.path}".encode())(exchange)
                return
            if "index" in asked:
                self.index += 1
            await reply(200, body, {"X-Consul-Index": str(self.index), **self.headers})(exchange)

        self.http.on(path, behave)


@pytest.fixture
async def consul() -> AsyncIterator[Consul]:
    async with http_server() as http:
        yield Consul(http)


@pytest.fixture
async def context() -> AsyncIterator[SourceContext]:
    network = Network()
    yield SourceContext(network)
    await network.close()


def config(consul: Consul, **more: Any) -> Config:
    named = {"datacentre": "dc2", "namespace": "team", "partition": "east", "token": TOKEN}
    return Config(address=f"http://127.0.0.1:{consul.http.port}", **(named | more))


async def test_every_question_names_them_the_waiting_ones_too(
    consul: Consul, context: SourceContext, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reading = await poll(context, config(consul))
    (shop,) = reading.services
    assert (shop.name, shop.facts["namespace"], shop.checks[0].word) == ("shop", "team", "passing")
    async with aclosing(watch(context, config(consul))) as changes:  # type: ignore[type-var]
        await anext(changes)
    asked = [(urlsplit(each.path).path, parse_qs(urlsplit(each.path).query)) for each in consul.http.requests]
    assert {path for path, _ in asked} >= {"/v1/health/state/any", "/v1/catalog/services", "/v1/catalog/node/rack%201"}
    assert any("index" in query and "wait" in query for _, query in asked)
    assert [path for path, query in asked if {name: query.get(name) for name in NAMED} != NAMED] == []
    assert {each.headers.get("x-consul-token") for each in consul.http.requests} == {TOKEN}
    assert not any(TOKEN in each.path for each in consul.http.requests)
    assert TOKEN not in caplog.text + repr(reading)


@pytest.mark.parametrize("wrong", ["datacentre", "namespace", "partition"])
async def test_refusal_names_the_path_and_never_the_token(consul: Consul, context: SourceContext, wrong: str) -> None:
    with pytest.raises(NetworkFailure, match="does not let this token read") as caught:
        await poll(context, config(consul, **{wrong: "other"}))
    assert TOKEN not in str(caught.value)


async def test_reading_says_why_it_may_not_be_everything(consul: Consul, context: SourceContext) -> None:
    assert (await poll(context, config(consul))).hidden == ""
    consul.answer("/v1/catalog/node/rack-2", None)
    assert (await poll(context, config(consul))).hidden == SILENT_NODE
    consul.headers["X-Consul-Results-Filtered-By-ACLs"] = "true"
    reading = await poll(context, config(consul))
    assert (reading.hidden, reading.facts["is_filtered"]) == (FILTERED, True)
