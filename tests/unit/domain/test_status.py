"""What the numbers of the statuses mean: they are stored and public."""

from monitor_app.domain.status import URGENCY, Status


def test_the_numbers_are_those_that_are_stored() -> None:
    assert [(status.name, int(status)) for status in Status] == [
        ("OK", 0),
        ("DEGRADED", 1),
        ("FAILED", 2),
        ("STARTING", 3),
        ("STOPPED", 4),
        ("UNKNOWN", 5),
    ]


def test_only_failed_is_down_and_what_is_not_known_is_neither() -> None:
    assert [status for status in Status if status.is_up] == [Status.OK, Status.DEGRADED]
    assert [status for status in Status if status.is_down] == [Status.FAILED]


def test_every_status_has_its_urgency() -> None:
    assert sorted(URGENCY, key=URGENCY.__getitem__)[0] is Status.FAILED
    assert sorted(URGENCY.values()) == list(range(len(Status)))
