"""What is said to `/push/TOKEN`, and what it answers."""

from collections.abc import Iterator

import httpx
import pytest

from monitor_app.api.app import create_api
from monitor_app.api.push import BODY_LIMIT
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board
from monitor_app.errors import DatabaseUnavailable, NotFound
from monitor_app.redact import redact
from monitor_app.state import runtime
from monitor_app.use_cases.heartbeats import Busy, Report


class Reports:
    """Knows one token."""

    def __init__(self) -> None:
        self.taken: list[Report] = []
        self.fails: Exception | None = None

    async def report(self, token: str, report: Report) -> None:
        if self.fails is not None:
            raise self.fails
        if token != "known-token":
            raise NotFound("no service has this address")
        self.taken.append(report)


@pytest.fixture
def reports() -> Iterator[Reports]:
    nothing: object = None
    taken = Reports()
    runtime.install(runtime.Runtime(Board(), follower=nothing, hub=nothing, heartbeats=taken))  # type: ignore[arg-type]
    yield taken
    runtime.uninstall()


async def ask(path: str, method: str = "GET", content: bytes | None = None) -> httpx.Response:
    transport = httpx.ASGITransport(app=create_api())
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        return await client.request(method, path, content=content)


@pytest.mark.parametrize(
    ("path", "report"),
    [
        ("", Report("success")),
        ("/success", Report("success")),
        ("/start", Report("start")),
        ("/fail", Report("fail")),
        ("/log?msg=step%202", Report("log", None, "step 2")),
        ("?status=up&msg=OK&ping=12.5", Report("success", Status.OK, "OK", 12.5)),
        ("?status=up&msg=OK&ping=", Report("success", Status.OK, "OK")),
        ("?status=DOWN&msg=disk+full", Report("fail", Status.FAILED, "disk full")),
        ("?status=degraded", Report("success", Status.DEGRADED)),
        ("/success?status=degraded&cache=1", Report("success", Status.DEGRADED)),
        ("?msg=a%0d%0ab%1b", Report("success", None, "a\\x0d\\x0ab\\x1b")),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
async def test_report_is_understood(reports, path, report, method):
    answer = await ask(f"/push/known-token{path}", method)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert reports.taken == [report]


async def test_body_of_a_post_is_the_message(reports):
    await ask("/push/known-token/fail?msg=other", "POST", b"backup failed: \xff no space\n")
    await ask("/push/known-token", "POST", b"x" * (3 * BODY_LIMIT))
    assert [report.message for report in reports.taken] == ["backup failed: � no space", "x" * BODY_LIMIT]


@pytest.mark.parametrize("path", ["", "/", "unknown", "known-token/", "known-token/other", "known-token/fail/x"])
async def test_what_is_no_address_of_a_service_is_not_found(reports, path):
    answer = await ask(f"/push/{path}")
    is_known = path == "known-token/"
    assert answer.status_code == (200 if is_known else 404)


@pytest.mark.parametrize("path", ["?status=great", "/fail?status=up", "?ping=soon", "?ping=-1", "?ping=nan"])
async def test_wrong_parameter_is_told(reports, path):
    answer = await ask(f"/push/known-token{path}")
    assert answer.status_code == 400
    assert "must be" in answer.text
    assert reports.taken == []


@pytest.mark.parametrize("reason", [Busy("full"), DatabaseUnavailable("the file is locked")])
async def test_report_that_cannot_be_stored_shall_come_again(reports, reason):
    reports.fails = reason
    answer = await ask("/push/known-token")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "locked" not in answer.text


async def test_before_the_web_process_is_ready_it_shall_come_again():
    assert (await ask("/push/known-token")).status_code == 503


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
async def test_other_methods_are_refused(reports, method):
    answer = await ask("/push/known-token", method)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, HEAD")


def test_token_is_masked_in_what_is_logged():
    assert redact('GET "/push/AbC-123_x/fail?msg=1" from http://one.example/push/zzz') == (
        'GET "/push/***/fail?msg=1" from http://one.example/push/***'
    )
