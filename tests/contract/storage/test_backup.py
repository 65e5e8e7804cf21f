"""The copy that docs/database.md tells people to make, while Lightbulb writes."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory
from tests.samples import add_services, result, start_recording

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "database.md"


async def test_the_copy_of_the_guide_holds_what_was_committed(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url)
    [pk] = await add_services(database, "shop")
    recorder = await start_recording(SqlHistory(database))
    await recorder.record(result(pk))
    async with database.write() as conn:  # in the middle of a write that is not committed
        await conn.exec_driver_sql("DELETE FROM service")
        copy_as_the_guide_says(tmp_path)
    copy = Database(f"sqlite+aiosqlite:///{tmp_path}/backup.db")
    assert [one.id for one in (await SqlHistory(copy).follow(0)).results] == [1]
    await copy.close()
    await database.close()


def copy_as_the_guide_says(folder: Path) -> None:
    found = re.search(r"^\.venv/bin/(python -c .*VACUUM INTO.*)$", GUIDE.read_text(), re.MULTILINE)
    assert found is not None
    _, *arguments = shlex.split(found[1].replace("data/lightbulb.db", "lightbulb.db"))
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True)
