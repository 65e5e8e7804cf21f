"""The lock file, inside one process; two processes are in tests/integration/engine."""

from pathlib import Path

import pytest

from monitor_app.engine import leader
from monitor_app.engine.leader import FileLeader, PgLeader, leader_for
from monitor_app.errors import DatabaseUnavailable
from tests.servers.tcp import greeting_server


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lightbulb.db.lock"


async def test_only_one_holds_the_lock(path):
    first, second = FileLeader(path), FileLeader(path)
    assert await first.try_acquire()
    assert not await second.try_acquire()
    assert await first.is_held()
    assert not await second.is_held()
    await first.release()
    assert await second.try_acquire()
    await second.release()


async def test_lock_file_that_was_removed_or_replaced_holds_nothing(path):
    first, second = FileLeader(path), FileLeader(path)
    assert await first.try_acquire()
    path.unlink()
    assert not await first.is_held()
    assert await second.try_acquire()
    path.unlink()
    assert await first.try_acquire()
    assert not await second.is_held()
    await first.release()


async def test_asking_again_does_not_pile_up_open_files(path):
    holder, other = FileLeader(path), FileLeader(path)
    assert await holder.try_acquire()
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        assert not await other.try_acquire()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    await holder.release()


async def test_lock_file_that_cannot_be_made_is_told_with_its_path(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnavailable, match=r"file/deep/lightbulb\.db\.lock"):
        await FileLeader(tmp_path / "file" / "deep" / "lightbulb.db.lock").try_acquire()


async def test_server_that_does_not_answer_is_a_database_that_is_unavailable(unused_tcp_port):
    lock = PgLeader(f"postgresql+asyncpg://somebody:secret@127.0.0.1:{unused_tcp_port}/monitor")
    with pytest.raises(DatabaseUnavailable, match="scheduler's lock") as caught:
        await lock.try_acquire()
    assert "secret" not in str(caught.value)
    assert not await lock.is_held()


async def test_server_that_is_silent_is_told_as_such(monkeypatch):
    monkeypatch.setattr(leader, "ANSWER_SECONDS", 0.1)
    async with greeting_server(b"") as port:
        with pytest.raises(DatabaseUnavailable, match="lock: no answer"):
            await PgLeader(f"postgresql+asyncpg://u:p@127.0.0.1:{port}/d").try_acquire()


async def test_each_database_has_its_kind_of_lock(tmp_path):
    assert isinstance(leader_for(f"sqlite+aiosqlite:///{tmp_path}/a.db"), FileLeader)
    assert isinstance(leader_for("postgresql+asyncpg://u:p@h/d"), PgLeader)
