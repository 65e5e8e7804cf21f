"""The queue probe against a real HTTP server with the API of a queue, and against what is none."""

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.engine.details import report_of
from monitor_app.net import Network
from monitor_app.net.queue_client import QueueClient, QueueRefused
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.plugins.protocols import ProbeContext
from monitor_app.plugins.registry import KindRegistry
from tests.paces import at_any_pace
from tests.servers.queue import COUNTS, OPEN, STATE, Queue, queue_server
from tests.servers.tcp import closed_port

Ask = Callable[..., Awaitable[ProbeResult]]
KIND = KindRegistry()["queue"]


@pytest.fixture
def queue() -> Iterator[Queue]:
    """A real server."""
    with queue_server() as server:
        yield server


@pytest.fixture
def ask(network: Network, queue: Queue) -> Ask:
    async def probe(**values: Any) -> ProbeResult:
        config = KIND.parse({"url": queue.url, "deadline_seconds": 60} | values)
        return await KIND.probe(ProbeContext(network), config)

    return probe


def says(queue: Queue, **data: Any) -> None:
    told = {"state": "closed", "opened_at": None, "closed_at": None, "metadata": {}} | data
    queue.answer = json.dumps({"status": "success", "data": told}).encode()


@pytest.mark.parametrize(
    ("state", "status"), [("open", Status.FAILED), ("half-open", Status.DEGRADED), ("closed", Status.OK)]
)
async def test_the_state_is_the_status(ask: Ask, queue: Queue, state: str, status: Status) -> None:
    queue.turn(state)
    result = await ask()
    assert (result.status, result.message) == (status, f"the circuit breaker is {state}")
    assert result.details["state"] == state
    assert result.response_ms is not None


async def test_reason_times_and_jobs_are_told(ask: Ask, queue: Queue) -> None:
    says(queue, state="open", opened_at="2026-05-17T12:00:00+02:00", metadata={"reason": "new disk", "by": {"a": 1}})
    config = KIND.parse({"url": queue.url})
    result = await ask()
    assert result.message == "the circuit breaker is open: new disk"
    assert result.details == {"state": "open", "opened_at": "2026-05-17 10:00:00 UTC", "reason": "new disk"}
    assert result.metrics == {
        "breaker_open": 1,
        "jobs_waiting": 3,
        "jobs_running": 1,
        "jobs_done": 120,
        "jobs_failed": 2,
        "jobs_retried": 4,
        "oldest_wait_seconds": 1.5,
    }
    report = json.dumps(report_of(result, config)())
    for text in ("new disk", "Metadata", "Waiting", "Opened"):
        assert text in report


async def test_job_counts_are_optional(ask: Ask, queue: Queue) -> None:
    queue.has_counts = False
    assert (await ask()).details["job_counts"].startswith("not known: there is nothing at /queue/status (404)")
    assert (await ask(counts_path="")).details == {"state": "closed"}
    assert queue.asked("GET", COUNTS) == 1
    queue.has_counts, queue.counts = True, {"waiting": -1}
    result = await ask()
    assert result.status is Status.OK
    assert "waiting must be a number from 0 up, got -1" in result.details["job_counts"]


async def test_paths_can_be_set(ask: Ask, queue: Queue) -> None:
    result = await ask(url=f"{queue.url}/queue/", state_path="/circuit-breaker-status", counts_path="")
    assert result.status is Status.OK
    assert queue.asked("GET", STATE) == 1


async def test_a_token_that_expires(ask: Ask, queue: Queue) -> None:
    queue.token = "calm-otter"
    assert (await ask(token="calm-otter")).status is Status.OK
    queue.token = "another"
    result = await ask(token="calm-otter")
    assert result.status is Status.UNKNOWN
    assert result.message == "the token is not accepted (401): the token has expired"


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("500", Status.FAILED, "the queue's API answered 500: the broker is away"),
        ("html", Status.UNKNOWN, "a web page (HTML) instead of JSON"),
        ("redirect", Status.UNKNOWN, "it redirects to https://elsewhere.example/login (302), which is not followed"),
        ("flood", Status.UNKNOWN, "the answer is longer than 256 KB"),
        ("cut", Status.FAILED, "closed the connection before the answer was complete"),
    ],
)
async def test_what_is_no_answer(ask: Ask, queue: Queue, fault: str, status: Status, words: str) -> None:
    queue.fault = fault
    result = await ask()
    assert result.status is status
    assert words in result.message


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("endless", Status.UNKNOWN, "the answer did not end within 0.5 s"),
        ("silence", Status.FAILED, "timed out after 0.5 s while waiting for the first byte"),
    ],
)
@at_any_pace
async def test_what_takes_too_long(ask: Ask, queue: Queue, fault: str, status: Status, words: str, pace: int) -> None:
    queue.fault = fault
    result = await ask(deadline_seconds=0.5 * pace)
    assert (result.status, result.message) == (status, words.replace("0.5 s", f"{0.5 * pace:g} s"))


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "state": ({"state": "ajar"}, "state must be open, closed or half-open, got 'ajar'"),
    "no state": ({"state": None}, "got nothing"),
    "list": ({"state": ["open"]}, "got a list"),
    "opened_at": ({"opened_at": "yesterday"}, "opened_at is no time: 'yesterday'"),
    "opened_at number": ({"opened_at": 1779012000}, "opened_at must be a time as text (ISO 8601) or null"),
    "closed_at": ({"closed_at": "0001-01-01T00:00:00+23:59"}, "closed_at is no time"),
    "metadata": ({"metadata": "x"}, "metadata must be an object or null, got 'x'"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_what_is_not_understood_is_unknown(ask: Ask, queue: Queue, name: str) -> None:
    data, words = WRONG[name]
    says(queue, **data)
    result = await ask(counts_path="")
    assert result.status is Status.UNKNOWN
    assert words in result.message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty instead of JSON"),
        (b"closed", "the answer is not JSON: it begins with 'closed'"),
        (b"[" * 100_000, "the answer is not JSON"),
        (b"[]", "must be a JSON object, got a list"),
        (b"{}", "status must be success, got nothing"),
        (b'{"status": "error", "error": "no broker"}', "status must be success, got 'error': no broker"),
        (b'{"status": "success"}', "data must be an object, got nothing"),
        (b'{"status": "success", "data": {"state": "\\ud800"}}', "state must be open, closed or half-open"),
    ],
    ids=["empty", "text", "deep", "list", "nothing", "error", "no data", "half a character"],
)
async def test_bodies_that_are_no_answer(ask: Ask, queue: Queue, body: bytes, words: str) -> None:
    queue.answer = body
    result = await ask()
    assert result.status is Status.UNKNOWN
    assert words in result.message
    result.message.encode()


async def test_nobody_there_is_down(ask: Ask) -> None:
    assert (await ask(url=f"http://127.0.0.1:{closed_port()}")).status is Status.FAILED


async def test_orders_are_given_and_refusals_told(network: Network, queue: Queue) -> None:
    client = QueueClient(network, KIND.parse({"url": queue.url}).place)
    await client.operate("open", "new disk", Stopwatch(60))
    assert (queue.state, queue.orders) == ("open", [{"path": OPEN, "reason": "new disk"}])
    queue.fault = "refuse"
    with pytest.raises(QueueRefused, match="a migration is under way: nobody may touch the queue"):
        await client.operate("close", "", Stopwatch(60))
