"""`python -m monitor_app`."""

import gc
import sys

from monitor_app.cli import main

if __name__ == "__main__":
    gc.disable()  # until the command is imported, see there
    sys.exit(main())
