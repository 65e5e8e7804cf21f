"""In which order workers read and take the files: at each moment some should wait and some compute."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import pytest

# Their tests wait for programs and browsers more than they compute; the longest files come first.
WAITING = (
    "tests/e2e/",
    "tests/integration/engine_process/",
    "tests/integration/server/",
    "tests/integration/stream/",
    "tests/integration/drills/",
    "tests/integration/bench/",
)
# Few tests, each of which computes for seconds: first among those that compute.
HEAVY = ("tests/integration/access/", "tests/contract/test_secrets.py", "tests/integration/cli/")
# So much of all files is taken when the last of those is: no worker sits alone with a long one at the end.
SHARE = 0.7


def in_order(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """Files that wait evenly between the others, of which the heavy ones and those with many tests come first."""
    files = {file: list(tests) for file, tests in groupby(sorted(items, key=_file_of), _file_of)}
    waiting = sorted((file for file in files if file.startswith(WAITING)), key=_rank)
    computing = [file for file in files if not file.startswith(WAITING)]
    computing.sort(key=lambda file: (not file.startswith(HEAVY), -len(files[file])))
    places = {file: number / len(waiting) * SHARE for number, file in enumerate(waiting)}
    places |= {file: number / len(computing) for number, file in enumerate(computing)}
    return [item for file in sorted(files, key=places.__getitem__) for item in files[file]]


def begin_elsewhere(config: pytest.Config) -> None:
    """Have each worker read the files from another one on: what one has compiled, the others need not compile again."""
    worker: dict[str, int | str] = getattr(config, "workerinput", {})
    folder = Path(config.args[0])
    if not worker or len(config.args) > 1 or not folder.is_dir():
        return
    files = sorted(map(str, folder.rglob("test_*.py")))
    first = len(files) * int(str(worker["workerid"]).removeprefix("gw")) // int(worker["workercount"])
    config.args[:] = files[first:] + files[:first]


def _file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _rank(file: str) -> int:
    return next(rank for rank, folder in enumerate(WAITING) if file.startswith(folder))
