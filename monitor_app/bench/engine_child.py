"""The real engine as the benchmark starts it: `python -m monitor_app.bench.engine_child DATABASE_URL`.

Pinned to the core that ENGINE_CORE names, if any.
"""

import os
import sys

from monitor_app import bootstrap_engine, log
from monitor_app.settings import load_settings

CORE_VARIABLE = "ENGINE_CORE"

if __name__ == "__main__":
    if core := os.environ.get(CORE_VARIABLE):
        os.sched_setaffinity(0, {int(core)})
    log.configure("INFO", human=False)
    bootstrap_engine.run_engine(load_settings(database_url=sys.argv[1]), has_doorbell=True)
