"""How a service knows us: passwords and tokens, and tokens that have to be fetched."""

import asyncio
from base64 import b64encode
from typing import Any

import pytest

from monitor_app.checks.http.oauth2 import tokens_of
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.net import Network
from tests.integration.checks.http.conftest import Ask
from tests.paces import at_any_pace
from tests.servers import http
from tests.servers.dns import NameServer
from tests.servers.http import HttpServer, delayed, http_server, redirect, reply
from tests.servers.oauth2 import CLIENT_ID, CLIENT_SECRET, TokenServer
from tests.servers.tcp import closed_port


async def test_basic_and_bearer_are_sent(answering: Ask, server: HttpServer) -> None:
    await answering(reply(), auth="basic", username="ann", password=" pä:ss ")
    await answering(reply(), auth="bearer", token="abc")
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Basic " + b64encode("ann: pä:ss ".encode()).decode(), "Bearer abc"]


async def test_credentials_stay_with_the_first_origin(answering: Ask, server: HttpServer) -> None:
    async with http_server() as other:
        other.on("/", reply())
        server.on("/here", redirect(other.url()))
        await answering(redirect("/here"), auth="bearer", token="abc")
    assert [request.headers.get("authorization") for request in server.requests] == ["Bearer abc", "Bearer abc"]
    assert "authorization" not in other.requests[0].headers


# OAuth2


@pytest.fixture
def tokens(server: HttpServer) -> TokenServer:
    """A token endpoint at /token, and /api that wants its newest token."""
    endpoint = TokenServer()
    endpoint.install(server)
    return endpoint


@pytest.fixture
def ask_api(ask: Ask, server: HttpServer) -> Ask:
    """Probes /api."""

    async def probe(**values: Any) -> ProbeResult:
        oauth2 = {
            "auth": "oauth2_client_credentials",
            "token_url": server.url("/token"),
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        return await ask(server.url("/api"), **(oauth2 | values))

    return probe


async def test_a_token_is_fetched_once_and_kept(ask_api: Ask, tokens: TokenServer) -> None:
    results = [await ask_api(scope="orders.read users", audience="https://api.test") for _ in range(3)]
    assert [result.message for result in results] == ["200 OK"] * 3
    assert tokens.asked == [
        {"grant_type": "client_credentials", "scope": "orders.read users", "audience": "https://api.test"}
    ]
    assert ["token_ms" in result.metrics for result in results] == [True, False, False]


async def test_each_grant_has_a_token_of_its_own(ask_api: Ask, tokens: TokenServer) -> None:
    await ask_api(scope="a")
    await ask_api(scope="b")
    assert len(tokens.asked) == 2


@at_any_pace
async def test_the_time_of_the_token_is_not_the_services(
    ask_api: Ask, tokens: TokenServer, server: HttpServer, pace: int
) -> None:
    server.on("/token", delayed(0.2 * pace, tokens._give))
    result = await ask_api()
    assert result.status is Status.OK
    assert result.metrics["token_ms"] >= 200 * pace
    assert "do not count" in result.details["token"]
    assert result.response_ms is not None
    assert result.response_ms < 150 * pace
    assert result.response_ms == pytest.approx(sum(result.phases.values()), abs=0.01)


@at_any_pace
async def test_the_time_of_the_token_counts_for_the_deadline(
    ask_api: Ask, tokens: TokenServer, server: HttpServer, pace: int
) -> None:
    server.on("/token", delayed(0.3 * pace, tokens._give))
    server.on("/api", delayed(0.4 * pace, reply()))
    result = await ask_api(deadline_seconds=0.5 * pace)
    assert result.status is Status.FAILED
    assert "while waiting for the first byte" in result.message


async def test_a_kept_token_that_is_refused_is_fetched_anew_once(
    ask_api: Ask, tokens: TokenServer, server: HttpServer
) -> None:
    await ask_api()
    tokens.given += 1  # the service forgets the token
    result = await ask_api()
    assert (result.status, len(tokens.asked)) == (Status.OK, 2)
    assert next(iter(result.phases)) == "connect"
    tokens.is_open = False
    result = await ask_api()
    assert (result.status, result.message) == (Status.FAILED, "401 Unauthorized, expected 200-299")
    assert len(tokens.asked) == 3
    assert len([request for request in server.requests if request.path == "/api"]) == 5


@at_any_pace
async def test_what_the_refused_token_took_is_in_no_phase(
    ask_api: Ask, tokens: TokenServer, server: HttpServer, pace: int
) -> None:
    await ask_api()
    server.on("/api", http.sequence(delayed(0.2 * pace, reply(401)), reply()))
    result = await ask_api()
    assert result.status is Status.OK
    assert result.response_ms is not None
    assert result.response_ms < 150 * pace


async def test_a_token_that_has_just_been_fetched_is_not_fetched_again(ask_api: Ask, tokens: TokenServer) -> None:
    tokens.is_open = False
    assert (await ask_api()).message == "401 Unauthorized, expected 200-299"
    assert len(tokens.asked) == 1


async def test_a_token_that_ends_is_fetched_anew(ask_api: Ask, network: Network, tokens: TokenServer) -> None:
    now = 1000.0
    tokens_of(network)._clock = lambda: now
    await ask_api()
    now += 3600 - 31
    await ask_api()
    assert len(tokens.asked) == 1
    now += 2
    await ask_api()
    assert len(tokens.asked) == 2


@pytest.mark.parametrize(
    ("expires_in", "kept_seconds"),
    [(None, 270), (100, 90), ("100", 90), (10**9, 86_400), ("soon", 270), ([], 270), (0, 0), (-5, 0)],
)
async def test_how_long_a_token_is_kept(
    ask_api: Ask, network: Network, tokens: TokenServer, expires_in: Any, kept_seconds: float
) -> None:
    now = 1000.0
    tokens_of(network)._clock = lambda: now
    tokens.expires_in = expires_in
    await ask_api()
    now += max(kept_seconds - 1, 0)
    await ask_api()
    assert len(tokens.asked) == (1 if kept_seconds else 2)
    now += 2
    await ask_api()
    assert len(tokens.asked) == (2 if kept_seconds else 3)


async def test_many_checks_at_once_fetch_one_token(ask_api: Ask, tokens: TokenServer, server: HttpServer) -> None:
    server.on("/token", delayed(0.1, tokens._give))
    results = await asyncio.gather(*(ask_api() for _ in range(20)))
    assert {result.status for result in results} == {Status.OK}
    assert len(tokens.asked) == 1


async def test_a_server_that_wants_the_secret_in_the_body_gets_it_there(ask_api: Ask, tokens: TokenServer) -> None:
    tokens.is_in_body = True
    assert (await ask_api()).status is Status.OK
    assert ["client_secret" in asked for asked in tokens.asked] == [False, True]
    tokens.given += 1
    assert (await ask_api()).status is Status.OK
    assert ["client_secret" in asked for asked in tokens.asked] == [False, True, True]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((400, {"error": "invalid_scope", "error_description": "no such scope"}), "400 (invalid_scope: no such scope)"),
        ((401, {"error": "invalid_client"}), "answers 401 (invalid_client)"),
        ((500, {}), "answers 500"),
        ((302, {}), "answers 302"),
        ((200, {"token_type": "bearer"}), "holds no access_token"),
        ((200, {"access_token": "a\r\nb"}), "holds no access_token"),
        ((200, {"access_token": "a" * 20_000}), "holds no access_token"),
        ((200, {"access_token": "a", "token_type": "mac"}), "gives tokens of the type mac"),
        ((400, {"error": "x" * 112 + CLIENT_SECRET}), "x***"),
        ((400, {"error": f"{CLIENT_SECRET} is wrong \x1b[2J"}), "*** is wrong"),
    ],
)
async def test_a_token_endpoint_that_fails_is_told(
    ask_api: Ask, tokens: TokenServer, answer: tuple[int, dict[str, Any]], words: str
) -> None:
    tokens.answer = answer
    result = await ask_api()
    assert (result.status, result.response_ms) == (Status.FAILED, None)
    assert result.message.startswith("could not get a token: ")
    assert words in result.message
    assert CLIENT_SECRET[:5] not in f"{result}"
    assert result.message.isprintable()


@at_any_pace
async def test_a_token_endpoint_that_cannot_be_reached_is_told(
    ask_api: Ask, names: NameServer, server: HttpServer, pace: int
) -> None:
    result = await ask_api(token_url=f"http://127.0.0.1:{closed_port()}/")
    assert result.status is Status.FAILED
    assert result.message.startswith("could not get a token: connection refused by 127.0.0.1")
    result = await ask_api(token_url="http://169.254.169.254/token")
    assert result.status is Status.UNKNOWN
    assert "could not get a token: connecting to 169.254.169.254 is not allowed" in result.message
    names.broken.add("login.test")
    assert (await ask_api(token_url="http://login.test/")).status is Status.UNKNOWN
    server.on("/slow", http.silent)
    result = await ask_api(token_url=server.url("/slow"), deadline_seconds=0.3 * pace)
    assert result.message == f"could not get a token: timed out after {0.3 * pace:g} s while waiting for the first byte"


@at_any_pace
async def test_who_waits_for_anothers_token_waits_until_the_own_deadline(
    ask_api: Ask, server: HttpServer, pace: int
) -> None:
    server.on("/token", http.silent)
    patient = asyncio.create_task(ask_api(deadline_seconds=1 * pace))
    await asyncio.sleep(0)
    hasty = await ask_api(deadline_seconds=0.2 * pace)
    assert hasty.status is Status.FAILED
    assert hasty.message.startswith("could not get a token: ")
    assert not patient.done()
    await patient


async def test_a_token_is_never_shown(
    ask_api: Ask, tokens: TokenServer, server: HttpServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)

    async def echo(exchange: http.Exchange) -> None:
        await reply(200, b'{"seen": "' + exchange.request.headers["authorization"].encode() + b'"}')(exchange)

    server.on("/api", echo)
    result = await ask_api(body_json="$.seen == 1")
    assert "Bearer ***" in result.message
    assert tokens.valid not in f"{result}{caplog.text}"
    assert CLIENT_SECRET not in f"{result}{caplog.text}"
