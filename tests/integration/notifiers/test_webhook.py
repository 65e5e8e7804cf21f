"""The webhook kind against a real receiver: signature, data, what each answer means."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor_app.errors import DeliveryFailed, InvalidInput
from monitor_app.net import Network
from monitor_app.net.policy import OutboundPolicy
from monitor_app.net.provider import retry_after_seconds
from monitor_app.plugins.notifier_kinds import NotifierRegistry
from tests.integration.notifiers.conftest import NOON, Deliver, told, words
from tests.paces import at_any_pace
from tests.samples_hostile import PAYLOADS
from tests.servers.http import Behaviour, HttpServer, closing, dripping, http_server, raw, redirect, reply, silent
from tests.servers.tcp import closed_port

SECRET = "a-secret-of-24-letters-x"


def verified(secret: bytes, headers: dict[str, str], body: bytes) -> bool:
    """As docs/channels/webhook.md tells receivers to do it."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    given = [part.removeprefix("v1,") for part in headers["webhook-signature"].split(" ")]
    return any(hmac.compare_digest(expected, each) for each in given)


async def test_json_is_signed_with_id_and_time(deliver: Deliver, server: HttpServer) -> None:
    server.on("/hook", reply(200, b"thanks"))
    answer = await deliver("webhook", {"url": server.url("/hook"), "secret": SECRET}, dedupe_key="n-7")
    (request,) = server.requests
    assert answer == "200: thanks"
    assert request.method == "POST"
    assert request.headers["webhook-id"] == "n-7"
    assert request.headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    assert verified(SECRET.encode(), dict(request.headers), request.body)
    assert not verified(b"another", dict(request.headers), request.body)
    assert not verified(SECRET.encode(), dict(request.headers), request.body + b" ")


async def test_data_of_the_message_is_told(deliver: Deliver, server: HttpServer) -> None:
    server.on("/hook", reply(204, b""))
    assert await deliver("webhook", {"url": server.url("/hook")}, words(told("resolved"))) == "204"
    (request,) = server.requests
    document = json.loads(request.body)
    assert (document["event"], document["severity"], document["title"]) == (
        "resolve",
        "critical",
        "Resolved: db-main is down",
    )
    assert document["id"] == "n-1"
    assert document["incident_key"] == "lightbulb-incident-12"
    assert document["url"] == "https://lightbulb.example/incidents/12"
    assert document["message"]["affected_count"] == 23
    assert document["message"]["alerts"][1]["service_id"] == "web-1"
    assert "webhook-signature" not in request.headers


async def test_method_headers_and_a_standard_secret(deliver: Deliver, server: HttpServer) -> None:
    server.on("/hook", reply())
    secret = "whsec_" + base64.b64encode(b"0123456789abcdef").decode()
    config = {"url": server.url("/hook"), "method": "PUT", "headers": {"X-Team": "ops"}, "secret": secret}
    await deliver("webhook", config)
    (request,) = server.requests
    assert (request.method, request.headers["x-team"]) == ("PUT", "ops")
    assert verified(b"0123456789abcdef", dict(request.headers), request.body)


async def refused(deliver: Deliver, server: HttpServer, behaviour: Behaviour, **config: Any) -> DeliveryFailed:
    server.on("/hook", behaviour)
    deadline_seconds = 0.5 if behaviour is silent else 60
    with pytest.raises(DeliveryFailed) as info:
        await deliver("webhook", {"url": server.url("/hook")} | config, deadline_seconds=deadline_seconds)
    return info.value


@pytest.mark.parametrize(
    ("behaviour", "is_final", "is_ambiguous", "wait"),
    [
        (reply(429, b"slow down", {"Retry-After": "7"}), False, False, 7.0),
        (reply(503, b"", {"Retry-After": "999999"}), False, False, 3600.0),
        (reply(500, b"broken"), False, False, None),
        (reply(400, b"no"), True, False, None),
        (reply(404, b"no"), True, False, None),
        (redirect("http://169.254.169.254/"), True, False, None),
        (silent, False, True, None),
        (closing, False, True, None),
        (raw(b"SSH-2.0-x\r\n"), False, True, None),
    ],
    ids=["429", "503", "500", "400", "404", "redirect", "silent", "cut", "not-http"],
)
async def test_what_an_answer_means(
    deliver: Deliver, server: HttpServer, behaviour: Behaviour, is_final: bool, is_ambiguous: bool, wait: float | None
) -> None:
    err = await refused(deliver, server, behaviour)
    assert (err.is_final, err.is_ambiguous, err.retry_after_seconds) == (is_final, is_ambiguous, wait)


@at_any_pace
async def test_a_body_that_never_ends_does_not_matter(deliver: Deliver, server: HttpServer, pace: int) -> None:
    server.on("/hook", dripping(0.01))
    assert (await deliver("webhook", {"url": server.url("/hook")}, deadline_seconds=0.3 * pace)).startswith("200: xx")


async def test_nobody_listens_is_not_ambiguous(deliver: Deliver) -> None:
    with pytest.raises(DeliveryFailed, match="connection refused") as info:
        await deliver("webhook", {"url": f"http://127.0.0.1:{closed_port()}/"})
    assert (info.value.is_final, info.value.is_ambiguous) == (False, False)


async def test_secrets_are_not_told_again(deliver: Deliver, server: HttpServer) -> None:
    token = "tall-red-frog-1234"
    body = f"you sent {SECRET} and Bearer {token}".encode()
    config = {"secret": SECRET, "headers": {"Authorization": f"Bearer {token}"}}
    err = await refused(deliver, server, reply(403, body), **config)
    assert SECRET not in str(err)
    assert token not in str(err)
    assert str(err).startswith("the provider answered 403: you sent ***")


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://[::ffff:a9fe:a9fe]/", "http://0.0.0.0/"])
async def test_forbidden_addresses_are_refused(deliver: Deliver, url: str) -> None:
    with pytest.raises(DeliveryFailed, match="is not allowed") as info:
        await deliver("webhook", {"url": url})
    assert info.value.is_final


async def test_outbound_rules_hold(deliver: Deliver, network: Network) -> None:
    network.guard.use(OutboundPolicy(is_private_allowed=False))
    async with http_server() as server:
        with pytest.raises(DeliveryFailed, match="administrators change that"):
            await deliver("webhook", {"url": server.url("/hook")})
        assert server.connections == 0


async def test_hostile_text_stays_text(deliver: Deliver, server: HttpServer) -> None:
    server.on("/hook", reply())
    for payload in PAYLOADS:
        await deliver("webhook", {"url": server.url("/hook")}, words(told(text=payload)))
    for payload, request in zip(PAYLOADS, server.requests, strict=True):
        assert json.loads(request.body)["message"]["cause"] == payload
        assert set(request.headers) == {
            "host", "user-agent", "accept", "accept-encoding", "connection", "content-type", "content-length",
            "webhook-id", "webhook-timestamp",
        }  # fmt: off


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"url": "ftp://x.org/"}, "url", "must begin with http:// or https://, got 'ftp'"),
        ({"url": "http://ann:pw@x.org/"}, "url", "must not contain a user name or password"),
        ({"url": "http://127.1/"}, "url", "full IPv4 address"),
        ({"url": "http://x.org/a b"}, "url", "without spaces"),
        ({"url": "http://x.org:99999/"}, "url", "port from 1 to 65535"),
        ({"url": "http:///hook"}, "url", "must name a host"),
        ({"secret": "short"}, "secret", "must have at least 16 characters"),
        ({"secret": "whsec_no base64 here!"}, "secret", "must have base64 after whsec_"),
        ({"method": "GET"}, "method", "must be one of 'POST', 'PUT' or 'PATCH'"),
        ({"headers": {"Webhook-Id": "1"}}, "headers", "must leave Webhook-Id to Lightbulb"),
        ({"headers": {"X": "a\r\nY: b"}}, "headers", "values of one line"),
    ],
    ids=["scheme", "password", "octal", "space", "port", "host", "short", "base64", "method", "own", "break"],
)
def test_wrong_config_is_refused_with_what_is_allowed(values: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidInput) as info:
        NotifierRegistry()["webhook"].parse({"url": "https://hooks.example.org/"} | values)
    assert words in info.value.fields[field]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        ("0.5", 0.5),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
    ],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after_seconds(text, datetime(2026, 3, 1, 12, tzinfo=UTC)) == seconds
