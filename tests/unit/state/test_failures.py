"""What browsers report of themselves."""

import pytest

from monitor_app.state.failures import REPORT_LIMIT, REPORT_SECONDS, FrontendReports


def test_reports_are_one_short_line_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    times = iter([0.0, 1.0, 2.0, REPORT_SECONDS + 1])
    reports = FrontendReports(lambda: next(times))
    for _ in range(4):
        reports.tell(Exception("broken " * 1000))
    fields = [record.fields for record in caplog.records]
    assert [one["times"] for one in fields] == [1, 3]
    assert len(fields[0]["reason"]) == REPORT_LIMIT
