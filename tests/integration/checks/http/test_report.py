"""What an answer shows in full, and what nobody is shown."""

import json
from pathlib import Path
from typing import Any

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.engine.details import report_of
from monitor_app.plugins.registry import KindRegistry
from tests.integration.checks.http.conftest import Ask
from tests.servers.certificates import Authority
from tests.servers.http import HttpServer, http_server, redirect, reply

SECRET = "hunter22-of-the-server"
MINE = "sesame-of-mine"


def told(result: ProbeResult, url: str, **values: Any) -> dict[str, Any]:
    """The sections of the report by their titles."""
    config = KindRegistry()["http"].parse({"url": url} | values)
    document = report_of(result, config)()
    assert len(json.dumps(document, ensure_ascii=False).encode()) <= 8192
    return {section["title"]: section for section in document["sections"]}


async def test_status_line_headers_and_body_are_told(answering: Ask, server: HttpServer) -> None:
    headers = {"Content-Type": "text/html; charset=iso-8859-1", "X-Shown": "yes"}
    result = await answering(reply(503, "<h1>Störung</h1>".encode("latin-1"), headers, reason="Gone fishing"))
    sections = told(result, server.url())
    assert dict(sections["Answer"]["rows"]) == {
        "Asked": f"GET {server.url()}",
        "Status line": "HTTP/1.1 503 Gone fishing",
    }
    assert ["X-Shown", "yes"] in sections["Headers"]["rows"]
    assert sections["Begin of the body"]["text"] == "<h1>Störung</h1>"
    assert [name for name, section in sections.items() if section.get("is_private")] == ["Headers", "Begin of the body"]


async def test_secrets_of_either_side_are_not_told(answering: Ask, server: HttpServer) -> None:
    body = json.dumps({"you": MINE, "access_token": SECRET, "link": f"https://x.test/?token={SECRET}"}).encode()
    headers = {
        "Content-Type": "application/json",
        "Set-Cookie": f"sid={SECRET}; HttpOnly",
        "Authorization": SECRET,
        "X-Api-Key": SECRET,
        "X-Repeats": f"Bearer {MINE}",
        "Location": f"https://ann:{SECRET}@x.test/#access_token={SECRET}",
    }
    given = {"auth": "bearer", "token": MINE}
    result = await answering(reply(200, body, headers), **given)
    sections = told(result, server.url(), **given)
    written = json.dumps(sections)
    assert SECRET not in written
    assert MINE not in written
    rows = dict(sections["Headers"]["rows"])
    assert (rows["Set-Cookie"], rows["X-Api-Key"], rows["X-Repeats"]) == ("***", "***", "***")


async def test_secrets_in_the_address_are_not_told(ask: Ask, server: HttpServer) -> None:
    url = server.url(f"/?key=1&access_token={MINE}")
    server.on("/", reply(200, f"you asked with {MINE}".encode()))
    assert MINE not in json.dumps(told(await ask(url), url))


async def test_hostile_answers_stay_small_and_text(answering: Ask, server: HttpServer) -> None:
    headers = {f"X-{number}": "\x1b]0;" + "a" * 500 for number in range(60)}
    result = await answering(reply(200, b"\x1b[2J<script>" + b"z" * 200_000, headers))
    sections = told(result, server.url())
    assert sections["Headers"]["is_cut"] is True
    assert max(len(value) for _, value in sections["Headers"]["rows"]) <= 300
    assert sections["Begin of the body"]["text"].startswith("\\x1b[2J<script>z")
    assert sections["Begin of the body"]["is_cut"] is True


async def test_binary_bodies_are_named_only(answering: Ask, server: HttpServer) -> None:
    result = await answering(reply(200, b"\x89PNG\0\0\0", {"Content-Type": "image/png"}))
    assert told(result, server.url())["Begin of the body"]["text"] == "binary, image/png"


async def test_last_answer_after_redirects_is_told(server: HttpServer, ask: Ask) -> None:
    server.on("/", redirect("/there"))
    server.on("/there", reply(200, b"here"))
    sections = told(await ask(server.url()), server.url())
    assert dict(sections["Answer"]["rows"])["Asked"] == f"GET {server.url('/there')}"


async def test_certificate_chain_is_told_also_when_it_is_refused(
    ask: Ask, tmp_path: Path, authority: Authority
) -> None:
    async with http_server(tls=authority.issue("127.0.0.1").server_context(tmp_path)) as web:
        web.on("/", reply())
        chain = told(await ask(web.url()), web.url())["Certificate chain"]
    assert chain["columns"][:2] == ["Certificate of", "Issued by"]
    assert len(chain["rows"]) >= 1
    async with http_server(tls=Authority("Other").issue("127.0.0.1").server_context(tmp_path)) as web:
        refused = await ask(web.url())
        sections = told(refused, web.url())
    assert refused.status is Status.FAILED
    assert sections["Certificate chain"]["rows"][0][1] == "Other"
