"""A process that records results until it is killed: `python -m tests.integration.recording URL SEED`.

After each commit it prints the highest id that is acknowledged. What a result holds follows from its id, so that those
who kill it know what must be there.
"""

import asyncio
import random
import sys
from collections.abc import Sequence
from datetime import timedelta

from monitor_app.bench.plain_states import state_after
from monitor_app.domain.changes import Batch
from monitor_app.domain.result import CheckResult
from monitor_app.domain.state import ServiceState
from monitor_app.domain.status import Status
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from monitor_app.storage.services import load_services
from tests.samples import NOON


def result_of(result_id: int, pks: Sequence[int]) -> CheckResult:
    """The result that this program records under an id."""
    return CheckResult(
        service_pk=pks[result_id * 7 % len(pks)],
        checked_at=NOON + timedelta(seconds=result_id),
        status=Status(result_id // 5 % 3),
        message=f"result {result_id} " + "x" * (result_id % 97),
        response_ms=result_id / 8,
        phases={"dns": result_id / 4},
    )


async def record_for_ever(url: str, seed: int) -> None:
    """Ends only by being killed."""
    database = Database(url)
    history = SqlHistory(database)
    async with database.read() as conn:
        pks = [service.pk for service in await load_services(conn)]
    states: dict[int, ServiceState] = {state.service_pk: state for state in await history.states()}
    epoch = await history.begin_epoch()
    next_id, sizes = epoch.next_result_id, random.Random(seed)
    while True:
        batch = [result_of(number, pks) for number in range(next_id, next_id + sizes.randint(1, 200))]
        for number, result in enumerate(batch, next_id):
            states[result.service_pk] = state_after(states.get(result.service_pk), result, number)
        touched = {result.service_pk for result in batch}
        last_id = next_id + len(batch) - 1
        numbered = list(enumerate(batch, next_id))
        await history.record(epoch, Batch(numbered, [states[pk] for pk in touched], [], last_id))
        next_id += len(batch)
        print(next_id - 1, flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(record_for_ever(sys.argv[1], int(sys.argv[2])))
