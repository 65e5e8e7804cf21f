"""The real engine as the benchmark starts it: `python -m monitor_app.bench.engine_child DATABASE_URL`.

Pinned to the core that ENGINE_CORE names, if any.
"""

import argparse
import os
import sys

from monitor_app import log
from monitor_app.cli import engine

CORE_VARIABLE = "ENGINE_CORE"

if __name__ == "__main__":
    os.environ["DATABASE_URL"] = sys.argv[1]
    if core := os.environ.get(CORE_VARIABLE):
        os.sched_setaffinity(0, {int(core)})
    log.configure("INFO", human=False)
    sys.exit(engine.run(argparse.Namespace()))
