"""What is expected of an answer's headers and body, and what is said when it is otherwise."""

import gzip
import json
from random import Random
from typing import Any

import pytest

from monitor_app.checks.http.body import WIRE_LIMIT_BYTES
from monitor_app.domain.status import Status
from tests.integration.checks.http.conftest import Ask
from tests.paces import at_any_pace
from tests.pauses import longest_pause
from tests.servers import http
from tests.servers.http import HttpServer, redirect, reply

JSON = {"Content-Type": "application/json"}


def health(**values: Any) -> http.Behaviour:
    return reply(200, json.dumps(values).encode(), JSON)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"body_contains": "systems"}, ""),
        ({"body_contains": "Systems"}, "the body does not contain 'Systems'"),
        ({"body_lacks": "error"}, ""),
        ({"body_lacks": "operational"}, "the body contains 'operational'"),
        ({"body_pattern": r"All \w+ op"}, ""),
        ({"body_pattern": r"^systems"}, "the body has no match for /^systems/"),
        ({"body_pattern": r"(?i)SYSTEMS", "body_contains": "All", "body_lacks": "x"}, ""),
    ],
)
async def test_the_text_of_the_body_decides(answering: Ask, values: dict[str, str], complaint: str) -> None:
    result = await answering(reply(200, b"All systems operational"), **values)
    assert result.message == (f"200 OK, but {complaint}" if complaint else "200 OK")
    assert result.status is (Status.FAILED if complaint else Status.OK)
    assert result.response_ms == pytest.approx(sum(result.phases.values()), abs=0.01)


async def test_the_charset_decides_what_the_text_is(answering: Ask) -> None:
    latin = reply(200, "Größe".encode("latin-1"), {"Content-Type": "text/plain; charset=ISO-8859-1"})
    assert (await answering(latin, body_contains="Größe")).status is Status.OK
    assert (await answering(reply(200, "Größe".encode("latin-1")), body_contains="Größe")).status is Status.FAILED
    assert (await answering(reply(200, "\ufeffGröße".encode("utf-16-le")), body_contains="Größe")).status is Status.OK


async def test_packed_bodies_are_searched(answering: Ask) -> None:
    packed = reply(200, gzip.compress(b"All systems operational"), {"Content-Encoding": "gzip"})
    assert (await answering(packed, body_contains="systems")).status is Status.OK
    strange = reply(200, b"\x8b\x0b", {"Content-Encoding": "br"})
    result = await answering(strange, body_contains="systems")
    assert result.message == "200 OK, but the body is packed as 'br', which was not asked for"


async def test_a_text_beyond_what_is_read_is_told_so(answering: Ask) -> None:
    long = b"x" * WIRE_LIMIT_BYTES + b"needle"
    for behaviour in (reply(200, long), reply(200, gzip.compress(long), {"Content-Encoding": "gzip"})):
        result = await answering(behaviour, body_contains="needle")
        assert result.status is Status.FAILED
        assert "what was read of the body" in result.message
        assert "256 KB" in result.message
    pieces = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nX\r\n" * 5_000 + b"0\r\n\r\n"
    result = await answering(http.raw(pieces), body_contains="needle")
    assert "what was read of the body (in more than 4096 pieces, only so many were read)" in result.message
    result = await answering(reply(200, b"[" + b" " * WIRE_LIMIT_BYTES + b"]"), body_json="$")
    assert "too long to be read as JSON" in result.message


@pytest.mark.parametrize(
    ("condition", "complaint"),
    [
        ('$.data.state == "closed"', ""),
        ('$.data.state == "open"', '$.data.state is "closed", expected == "open"'),
        ("$.queue < 100\n$.queue >= 7\n!$.error", ""),
        ("$.queue < 100\n$.queue > 7", "$.queue is 7, expected > 7"),
        ("$.missing", "$.missing is not there"),
        ("!$.data", "$.data is there: an object of 1"),
        ("$.nodes[*].up == true", "$['nodes'][1]['up'] is false, expected == true"),
    ],
)
async def test_json_conditions_decide(answering: Ask, condition: str, complaint: str) -> None:
    behaviour = health(data={"state": "closed"}, queue=7, nodes=[{"up": True}, {"up": False}])
    result = await answering(behaviour, body_json=condition)
    assert result.message == (f"200 OK, but {complaint}" if complaint else "200 OK")


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"<html>", "the body is not JSON: Expecting value at line 1, character 1"),
        (b"", "the body is not JSON: Expecting value at line 1, character 1"),
        (b'{"a": NaN}', "holds bytes or numbers that JSON does not know"),
        (b'{"a": ' + b"9" * 5000 + b"}", "holds bytes or numbers that JSON does not know"),
        (b"\xff\xfe\xfd", "the body is not JSON"),
        (b"[" * 100_000, "the body is JSON that is nested too deeply"),
    ],
)
async def test_a_body_that_is_no_json_fails(answering: Ask, body: bytes, complaint: str) -> None:
    result = await answering(reply(200, body), body_json="$.a")
    assert result.status is Status.FAILED
    assert complaint in result.message


@pytest.mark.parametrize(
    ("expected", "complaint"),
    [
        ({"X-Version": "1.2"}, ""),
        ({"x-version": "/^1\\./", "Set-Cookie": "b=2", "Content-Length": ""}, ""),
        ({"X-Version": "1"}, "the header X-Version is not '1'"),
        ({"X-Version": "/^2/"}, "the header X-Version is not /^2/"),
        ({"X-Missing": ""}, "there is no header X-Missing"),
        ({"Set-Cookie": "c=hunter2"}, "the header Set-Cookie is not as expected"),
    ],
)
async def test_headers_decide(answering: Ask, expected: dict[str, str], complaint: str) -> None:
    answer = b"HTTP/1.1 200 OK\r\nX-Version: 1.2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"
    result = await answering(http.raw(answer), expected_headers=expected)
    assert result.message == (f"200 OK, but {complaint}" if complaint else "200 OK")


async def test_an_inverted_check_wants_another_answer(answering: Ask) -> None:
    result = await answering(reply(404), is_inverted=True)
    assert result.status is Status.OK
    assert result.message == "404 Not Found, expected 200-299: that is what this inverted check wants"
    assert (await answering(reply(200, b"fine"), is_inverted=True, body_contains="bad")).status is Status.OK
    result = await answering(reply(200), is_inverted=True)
    assert result.status is Status.FAILED
    assert result.message == "200 OK: all is as expected, which this inverted check does not want"


@at_any_pace
async def test_an_inverted_check_without_an_answer_is_down(ask: Ask, answering: Ask, pace: int) -> None:
    assert (await ask("http://127.0.0.1:1/", is_inverted=True)).status is Status.FAILED
    assert (await answering(http.closing, is_inverted=True)).status is Status.FAILED
    assert (await answering(redirect("/"), is_inverted=True)).status is Status.FAILED
    assert (await answering(http.silent, is_inverted=True, deadline_seconds=0.2 * pace)).status is Status.FAILED


@pytest.mark.parametrize(
    ("body_type", "body", "sent", "content_type"),
    [
        ("raw", "a: 1", b"a: 1", None),
        ("json", '{"a": "ä"}', '{"a": "ä"}'.encode(), "application/json"),
        ("form", "a: 1\n b c : x&y=z:ä \n", b"a=1&b+c=x%26y%3Dz%3A%C3%A4", "application/x-www-form-urlencoded"),
    ],
)
async def test_the_body_goes_out_as_its_type_says(
    answering: Ask, server: HttpServer, body_type: str, body: str, sent: bytes, content_type: str | None
) -> None:
    await answering(reply(), method="POST", body_type=body_type, body=body)
    assert server.requests[0].body == sent
    assert server.requests[0].headers.get("content-type") == content_type


async def test_a_content_type_that_is_given_wins(answering: Ask, server: HttpServer) -> None:
    given = {"content-type": "application/vnd.api+json"}
    await answering(reply(), method="POST", body_type="json", body="{}", headers=given)
    assert server.requests[0].headers["content-type"] == "application/vnd.api+json"


async def test_secrets_that_come_back_are_masked(answering: Ask) -> None:
    """A server that echoes what it was sent must not carry it into messages."""

    async def echo(exchange: http.Exchange) -> None:
        await health(seen=exchange.request.headers["authorization"], key=exchange.request.headers["x-api-key"])(
            exchange
        )

    for path in ("$.seen", "$.key"):
        result = await answering(
            echo, auth="bearer", token="hunter2-token", headers={"X-Api-Key": "hunter2-key"}, body_json=f"{path} == 1"
        )
        assert result.status is Status.FAILED
        assert "hunter2" not in f"{result}"
        assert "***" in result.message


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"body_pattern": r"a[ab]{0,340}Q"}, id="counted repetition"),
        pytest.param({"body_pattern": r"(x+x+)+y"}, id="nested repetition"),
        pytest.param({"body_pattern": r"(.*)(.*)(.*)(.*)(.*)[^a-z ]Q"}, id="many stars"),
        pytest.param({"body_json": "$..*..*"}, id="all of all"),
        pytest.param({"body_json": "$[" + ",".join(["?@.a == 1"] * 30) + "]"}, id="many filters"),
        pytest.param({"body_json": "$..[?@.a.b.c.d == $[0].a]"}, id="filters everywhere"),
    ],
)
async def test_nasty_expressions_on_a_full_body_let_others_run(answering: Ask, values: dict[str, str]) -> None:
    body = (
        b"[" + b",".join([b'{"a":{}}'] * 25_000) + b"]"
        if "body_json" in values
        else bytes(Random(1).choices(b"ab", k=256 * 1024))
    )
    result, longest = await longest_pause(answering(reply(200, body), **values))
    assert result.status is Status.FAILED
    assert longest < 0.2
