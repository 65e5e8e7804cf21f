"""The real engine with shorter times and smaller bounds: `python -m tests.tuned_engine engine --doorbell`.

The variable TUNING says which, as `Tuning.environment` writes it. Nothing of this can be set from outside of tests.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import event

from monitor_app.cli import main
from monitor_app.engine import merging, outbox, process, rulebook, term
from monitor_app.net import Network
from monitor_app.net.canary import AddressCanary, Canary
from monitor_app.plugins.registry import KindRegistry
from monitor_app.settings import Settings
from monitor_app.storage import database, merge, pack, sqlite

VARIABLE = "TUNING"


@dataclass(frozen=True)
class Tuning:
    """What is different; everything else is as it comes."""

    # Merge so often, all there is, and pack what there is.
    merge_seconds: float | None = None
    # So many results may wait for the database.
    waiting_limit: int | None = None
    # A file with how many pages an SQLite database may have; empty: as many as it likes.
    page_limit_file: str | None = None
    # A service without a result for so many intervals is silent.
    silent_intervals: int | None = None
    name_servers: tuple[str, ...] = ()
    # A folder with further kinds.
    kinds: str | None = None
    # Checks that run when it is told to stop have so long to end.
    grace_seconds: float | None = None

    @property
    def environment(self) -> dict[str, str]:
        """For the process."""
        return {VARIABLE: json.dumps(asdict(self))}

    def apply(self) -> None:
        """Change this process."""
        # Whether a test's machine has a network is not what is tested: only what CANARY_ADDRESSES names is asked.
        process.canaries_of = _named_canaries  # type: ignore[assignment]
        process.STATS_SECONDS = 0.5
        if self.merge_seconds is not None:
            merging.FIRST_ROUND_SECONDS = merging.ROUND_SECONDS = self.merge_seconds
            merge.KEEP, merge.FEW_RESULTS, merge.PASS_ROWS, merge.SERVICES = timedelta(0), 1, 150, 7
            pack.ENOUGH_BYTES, pack.MANY_PIECES = 1500, 6
        if self.silent_intervals is not None:
            rulebook.SILENT_INTERVALS = self.silent_intervals
        if self.grace_seconds is not None:
            term.GRACE_SECONDS = self.grace_seconds
        if self.waiting_limit is not None:
            _, rows, _, *rest = outbox.Outbox.__init__.__defaults__ or ()
            outbox.Outbox.__init__.__defaults__ = (self.waiting_limit, rows, self.waiting_limit // 3, *rest)
        if self.page_limit_file is not None:
            database.sqlite.create_engine = partial(_limited, sqlite.create_engine, Path(self.page_limit_file))
        if self.name_servers:
            process.Network = partial(Network, nameservers=self.name_servers)  # type: ignore[misc,assignment]
        if self.kinds is not None:
            process.KindRegistry = partial(KindRegistry, Path(self.kinds))  # type: ignore[misc,assignment]


def _named_canaries(settings: Settings, network: Network) -> list[Canary]:
    return [AddressCanary(network, host, port, is_tls=is_tls) for host, port, is_tls in settings.canaries]


def _limited(create_engine: Any, file: Path, *args: Any, **options: Any) -> Any:
    """Before each transaction the bound is set to what the file says; SQLite's own error follows: the disk is full."""
    engine = create_engine(*args, **options)

    @event.listens_for(engine.sync_engine, "begin")
    def limit(connection: Any) -> None:
        pages = int(file.read_text() or 2**30)
        adapted = connection.connection.dbapi_connection
        # No script: that would begin with a COMMIT.
        adapted.run_async(lambda driver: driver.execute(f"PRAGMA max_page_count = {pages:d}"))

    return engine


if __name__ == "__main__":
    Tuning(**json.loads(os.environ[VARIABLE])).apply()
    sys.exit(main())
