"""What reports, and the lack of them, make of a service."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor_app.checks.push.config import Config
from monitor_app.checks.push.probe import judge, probe
from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.status import Status
from monitor_app.plugins.protocols import Heartbeats, ProbeContext

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOURLY = Config(period_seconds=3600, grace_seconds=600)


def minute(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def report(at: float = 0, signal: Any = "success", **values: Any) -> Heartbeat:
    return Heartbeat(1, 1, minute(at), signal, **values)


def status(now: float, last: Heartbeat | None = None, started: float | None = None, awaited: float = -999) -> Status:
    began = None if started is None else minute(started)
    return judge(Heartbeats(last, began, minute(awaited)), minute(now), HOURLY).status


def message(now: float, last: Heartbeat | None = None, started: float | None = None, awaited: float = -999) -> str:
    began = None if started is None else minute(started)
    return judge(Heartbeats(last, began, minute(awaited)), minute(now), HOURLY).message


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (0, Status.OK),
        (60, Status.OK),
        (60.1, Status.DEGRADED),
        (70, Status.DEGRADED),
        (70.1, Status.FAILED),
    ],
)
def test_in_time_late_and_missing(now: float, expected: Status) -> None:
    assert status(now, report()) is expected


def test_messages_say_since_when_and_what_was_due() -> None:
    assert message(30, report()) == "reported in time"
    assert message(30, report(message="12 files")) == "12 files"
    late = "no report since 2026-01-01 12:00:00 UTC: it was due by 2026-01-01 13:00:00 UTC"
    assert message(65, report()) == f"{late}, grace runs"
    assert message(99, report()) == late


def test_before_the_first_report_it_is_starting_then_failed() -> None:
    assert status(30, awaited=0) is Status.STARTING
    assert message(30, awaited=0) == "the first report is awaited until 2026-01-01 13:00:00 UTC"
    assert status(65, awaited=0) is Status.DEGRADED
    assert status(71, awaited=0) is Status.FAILED
    assert message(71, awaited=0).startswith("no report has come yet: it was due by")


def test_time_in_which_nobody_listened_does_not_count() -> None:
    assert status(120, report(0), awaited=100) is Status.OK


def test_a_failure_counts_until_a_success() -> None:
    assert status(1, report(signal="fail", message="disk full")) is Status.FAILED
    assert message(1, report(signal="fail", message="disk full")) == "disk full"
    assert message(99, report(signal="fail")) == "the service reported a failure"
    assert status(1, report(signal="fail"), started=0.5) is Status.FAILED


def test_a_report_of_success_can_carry_a_status() -> None:
    assert status(1, report(status=Status.DEGRADED)) is Status.DEGRADED
    assert status(1, report(status=Status.FAILED)) is Status.FAILED
    assert message(1, report(status=Status.FAILED)) == "the service reported that it is down"
    assert status(99, report(status=Status.DEGRADED)) is Status.FAILED


def test_a_run_that_does_not_end_fails_after_period_and_grace() -> None:
    assert status(50 + 60, report(), started=50) is Status.OK
    assert status(50 + 65, report(), started=50) is Status.DEGRADED
    assert status(50 + 71, report(), started=50) is Status.FAILED
    text = message(50 + 71, report(), started=50)
    assert text.startswith("the run that began at 2026-01-01 12:50:00 UTC has not ended: it was due by")


def test_the_first_run_is_starting_until_it_ends() -> None:
    assert status(5, started=0) is Status.STARTING
    assert message(5, started=0) == "the first run began at 2026-01-01 12:00:00 UTC"
    assert status(71, started=0) is Status.FAILED


def test_cron_and_its_time_zone() -> None:
    config = Config(cron="0 3 * * *", timezone="Europe/Berlin", grace_seconds=600)
    reports = Heartbeats(report(), None, NOON)
    due = datetime(2026, 1, 2, 2, tzinfo=UTC)
    assert judge(reports, due, config).status is Status.OK
    assert judge(reports, due + timedelta(seconds=1), config).status is Status.DEGRADED
    found = judge(reports, due + timedelta(seconds=601), config)
    assert found.status is Status.FAILED
    assert found.message.endswith("it was due by 2026-01-02 03:00:00 CET")


def test_response_time_is_the_ping_or_the_run_and_counts_once() -> None:
    reports = Heartbeats(report(), None, NOON, run_seconds=12.5)
    found = judge(reports, NOON, HOURLY)
    assert (found.response_ms, found.metrics) == (12_500, {"seconds_since": 0, "run_seconds": 12.5})
    later = judge(reports, minute(1), HOURLY)
    assert (later.response_ms, later.metrics) == (None, {"seconds_since": 60})
    pinged = judge(Heartbeats(report(ping_ms=7.5), None, NOON, run_seconds=12.5), NOON, HOURLY)
    assert pinged.response_ms == 7.5
    assert judge(Heartbeats(report(), None, NOON), NOON, HOURLY).response_ms is None


class Facts:
    def now(self) -> datetime:
        return minute(65)

    def member(self, service_id: str) -> None:
        raise AssertionError(service_id)

    def heartbeats(self, service_pk: int) -> Heartbeats:
        assert service_pk == 7
        return Heartbeats(report(), None, NOON)


async def test_probe_asks_what_is_known_of_its_service() -> None:
    found = await probe(ProbeContext(None, service_pk=7, facts=Facts()), HOURLY)
    assert found.status is Status.DEGRADED


async def test_what_is_not_saved_cannot_be_tried() -> None:
    found = await probe(ProbeContext(None), HOURLY)
    assert (found.status, found.message) == (Status.UNKNOWN, "reports are awaited once the service is saved")
