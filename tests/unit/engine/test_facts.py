"""What a probe may ask for."""

from datetime import timedelta
from pathlib import Path

from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.engine.board import Board
from monitor_app.engine.facts import BoardFacts, EngineFacts
from monitor_app.engine.heartbeats import HeartbeatBook
from monitor_app.engine.rulebook import RuleBook
from monitor_app.plugins.protocols import Heartbeats
from monitor_app.plugins.registry import KindRegistry
from tests.board_rows import feed, result
from tests.board_rows import service as row
from tests.virtual_time import START

KINDS = Path(__file__).parents[2] / "beating_kinds"


def test_engine_tells_the_state_of_the_moment_of_each_member(clock, service):
    book = RuleBook(KindRegistry(KINDS))
    book.define([service(1), service(2, enabled=False), service(3), service(4, is_deleted=True)])
    states = {1: ServiceState(1, Status.DEGRADED, START, START, None, "", 1)}
    facts = EngineFacts(clock.now, book, states.get, HeartbeatBook())
    assert facts.member("service-1") == ("Service 1", Status.DEGRADED)
    assert facts.member("service-2") == ("Service 2", Status.STOPPED)
    assert facts.member("service-3") == ("Service 3", Status.UNKNOWN)
    assert facts.member("service-4") is None
    assert facts.now() == clock.now()
    later = START + timedelta(hours=1)
    assert facts.at_moment(later).now() == later


def test_last_report_and_the_run_that_goes_on_are_remembered(clock):
    book, facts = HeartbeatBook(), None
    registry = RuleBook(KindRegistry(KINDS))
    facts = EngineFacts(clock.now, registry, lambda pk: None, book)
    assert facts.heartbeats(1) == Heartbeats(None, None, START)
    began = Heartbeat(1, 1, START + timedelta(seconds=5), "start")
    done = Heartbeat(2, 1, START + timedelta(seconds=9), "success")
    book.note(began)
    assert facts.heartbeats(1).started_at == began.at
    book.note(Heartbeat(3, 1, START, "log"))
    book.note(done)
    known = facts.heartbeats(1)
    assert (known.last, known.started_at, known.run_seconds) == (done, None, 4.0)
    book.expect(1, START + timedelta(seconds=60))
    assert facts.heartbeats(1).awaited_since == START + timedelta(seconds=60)
    assert facts.heartbeats(1).last == done
    book.forget([1])
    assert facts.heartbeats(1).last is None


def test_web_process_tells_what_the_board_shows(clock):
    board = Board()
    board.apply_services([row(1), row(2, enabled=False)])
    feed(board, [result(1, 1, Status.FAILED)])
    facts = BoardFacts(board, clock)
    assert facts.member("service-1") == ("Service 1", Status.FAILED)
    assert facts.member("service-2") == ("Service 2", Status.STOPPED)
    assert facts.member("service-9") is None
    assert facts.heartbeats(1) == Heartbeats(None, None, facts.now())
