"""Writes a batch: one transaction, once, by the one engine that may."""

from dataclasses import replace

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.changes import Batch
from monitor_app.errors import LeadershipLost
from monitor_app.models.counter import ENGINE_EPOCH, RESULT_ID
from monitor_app.storage.database import Database
from monitor_app.storage.history.changes import drop_heartbeats, write_changes
from monitor_app.storage.history.position import Position, lock_position, read_position, set_counters
from monitor_app.storage.history.protocol import Epoch
from monitor_app.storage.history.rows import existing_services, insert_results
from monitor_app.storage.history.states import upsert_states
from monitor_app.storage.result_details import insert_details
from monitor_app.storage.services import raise_counter


async def begin_epoch(database: Database) -> Epoch:
    """See History."""
    async with database.write() as conn:
        # Waits for the transaction in which the last engine may just be writing; its next one is refused.
        number = await raise_counter(conn, ENGINE_EPOCH)
        last_id = (await read_position(conn)).last_id
        await set_counters(conn, **{RESULT_ID: last_id})
        return Epoch(number, last_id + 1)


async def record(database: Database, epoch: Epoch, batch: Batch) -> None:
    """See History."""
    try:
        async with database.write() as conn:
            await _write(conn, epoch, batch)
    except IntegrityError:  # a service has been taken away altogether: once more, without what belongs to it
        pks = {result.service_pk for _, result in batch.results}
        pks |= {one.service_pk for one in (*batch.states, *batch.changes, *batch.details)}
        async with database.write() as conn:
            known = await existing_services(conn, pks)
            kept = replace(
                batch,
                results=[(number, result) for number, result in batch.results if result.service_pk in known],
                states=[state for state in batch.states if state.service_pk in known],
                changes=[change for change in batch.changes if change.service_pk in known],
                details=[detail for detail in batch.details if detail.service_pk in known],
            )
            await _write(conn, epoch, kept)


async def lead(conn: AsyncConnection, epoch: Epoch) -> Position:
    """The position, which only this epoch can change until the commit. Raises LeadershipLost."""
    position = await lock_position(conn)
    if position.epoch != epoch.number:
        raise LeadershipLost(f"another engine schedules: epoch {position.epoch} has begun, this is {epoch.number}")
    return position


async def _write(conn: AsyncConnection, epoch: Epoch, batch: Batch) -> None:
    position = await lead(conn, epoch)
    if batch.last_id <= position.last_id:
        return
    await insert_results(conn, batch.results)
    await insert_details(conn, batch.details)
    await upsert_states(conn, batch.states)
    await write_changes(conn, batch.changes)
    if batch.heartbeats_up_to:
        await drop_heartbeats(conn, batch.heartbeats_up_to)
    is_told_by_rows = conn.dialect.name == "sqlite" and batch.results and batch.results[-1][0] == batch.last_id
    if not is_told_by_rows:
        await set_counters(conn, **{RESULT_ID: batch.last_id})
