"""What a source told of single checks in the past."""

from datetime import timedelta

from monitor_app.domain.report import CELL_LIMIT, ResultDetail, document, facts, table
from monitor_app.domain.source import Observed, SourceCheck, sections_of, standing_of
from monitor_app.domain.status import Status
from monitor_app.domain.told import CHANGES_LIMIT, CHECKS, Change, checks_of, histories
from tests.samples import NOON

SERF = SourceCheck("Serf", Status.OK, "passing", "alive", "", is_of_node=True)
TCP = SourceCheck("tcp", Status.OK, "passing", "open", "tcp")
REFUSED = SourceCheck("tcp", Status.FAILED, "critical", "refused", "tcp")
ODD = SourceCheck("odd", Status.UNKNOWN, "purple")
NOON_MS = round(NOON.timestamp() * 1000)


def report(number: int, *checks: SourceCheck) -> ResultDetail:
    sections = sections_of(Observed("k", "k", "K", {}, checks=checks))
    return ResultDetail(1, number, NOON + timedelta(minutes=number), Status.OK, document(sections))


def at(number: int) -> tuple[int, int]:
    """A result a minute."""
    return number, NOON_MS + number * 60_000


def test_checks_come_back_as_they_were_told() -> None:
    told = checks_of(report(1, SERF, REFUSED, ODD).document)
    assert told == [each.document() for each in (SERF, REFUSED, ODD)]


def test_all_checks_of_a_large_service_stay_each_with_less_output() -> None:
    many = [SourceCheck(f"check {number}", Status.FAILED, "critical", "x" * 1000, "http") for number in range(30)]
    told = checks_of(report(1, *many).document)
    assert [check["name"] for check in told] == [check.name for check in many]
    assert {len(check["output"]) for check in told} == {150}
    assert len(checks_of(report(1, many[0]).document)[0]["output"]) == CELL_LIMIT


def test_reports_of_earlier_versions_and_without_checks_are_read_too() -> None:
    old = document(
        [table(CHECKS, ("Check", "Status", "Type", "Of", "Output"), [("a", "warning", "ttl", "service", "")])]
    )
    assert [(check["status"], check["type"]) for check in checks_of(old)] == [("DEGRADED", "ttl")]
    assert checks_of(document([facts("Catalogue", {"id": "a"})])) == []


def test_each_result_counts_for_the_checks_that_were_true_for_it() -> None:
    reports = [report(2, SERF, TCP), report(4, SERF, REFUSED), report(7, SERF, ODD)]
    serf, odd, tcp = histories(reports, [at(number) for number in range(9)])
    start = int(NOON.timestamp())
    # Before the first report nothing is known; a word that nobody knows is no data.
    assert (serf.is_there, serf.windows) == (True, {start: [3, 0, 0], start + 300: [4, 0, 0]})
    assert (tcp.is_there, tcp.windows) == (False, {start: [2, 0, 1], start + 300: [0, 0, 2]})
    assert (odd.is_there, odd.windows) == (True, {})


def test_changes_of_a_check_are_told_newest_first() -> None:
    reports = [report(1, TCP, SERF), report(2, REFUSED, SERF), report(3, SERF), report(4, TCP, SERF)]
    (tcp, serf) = histories(reports, [])
    assert [(change.before, change.word, change.output) for change in tcp.changes] == [
        ("", "passing", "open"),
        ("critical", "", ""),
        ("passing", "critical", "refused"),
    ]
    assert tcp.changes[0] == Change(NOON + timedelta(minutes=4), "", "passing", "open")
    assert serf.changes == []
    flapping = [report(number, TCP if number % 2 else REFUSED) for number in range(40)]
    assert len(histories(flapping, [])[0].changes) == CHANGES_LIMIT


def test_what_went_before_the_day_began_is_left_out() -> None:
    assert [each.check["name"] for each in histories([report(1, TCP, SERF), report(2, SERF)], [at(3)])] == ["Serf"]
    assert histories([], [at(1)]) == []


def test_checks_with_one_name_are_told_apart_by_their_order() -> None:
    first, second = histories([report(1, TCP, REFUSED)], [at(1)])
    assert (sum(first.windows.popitem()[1][:1]), sum(second.windows.popitem()[1][2:])) == (1, 1)


def test_outputs_alone_are_no_other_standing() -> None:
    one, other = TCP.document(), {**TCP.document(), "output": "still open"}
    assert standing_of("passing", [one]) == standing_of("passing", [other])
    assert standing_of("passing", [one]) != standing_of("critical", [REFUSED.document()])
    assert standing_of("passing", [one]) != standing_of("passing", [one, SERF.document()])
