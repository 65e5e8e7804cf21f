"""Dependencies that form a circle all the same: whatever they are, each service is judged and told of by itself."""

from collections.abc import Callable

from monitor_app.domain.changes import DowntimeClosed, DowntimeOpened
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from tests.unit.engine.test_steward import definition, settled
from tests.virtual_time import VirtualClock

assert definition  # a fixture
Definition = Callable[..., ServiceDefinition]


def test_services_that_depend_on_each_other_fail_and_recover_each_by_itself(
    clock: VirtualClock, definition: Definition
) -> None:
    pks = (1, 2, 3)
    house = settled(clock, *(definition(pk, config={"breaker_failures": 4}) for pk in pks))
    house.rulebook.relate([(1, 2), (2, 3), (3, 1), (1, 1)])
    house.found = dict.fromkeys(pks, Status.FAILED)
    house.run(600)
    assert [house.state(pk).breaker.phase for pk in pks] == ["open"] * 3
    assert {change.service_pk for change in house.changes() if isinstance(change, DowntimeOpened)} == set(pks)
    house.found = {1: Status.OK, 2: Status.OK, 3: Status.FAILED}
    house.run(900)
    assert [house.state(pk).status for pk in pks] == [Status.OK, Status.OK, Status.FAILED]
    house.found[3] = Status.OK
    house.run(900)
    assert [(house.state(pk).status, house.state(pk).breaker.phase) for pk in pks] == [(Status.OK, "closed")] * 3
    closed = [change.service_pk for change in house.changes() if isinstance(change, DowntimeClosed)]
    assert sorted(closed) == list(pks)
    assert len(house.checks) < 300
