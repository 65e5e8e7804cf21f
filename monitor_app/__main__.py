"""`python -m monitor_app`."""

import sys

from monitor_app.cli import main

if __name__ == "__main__":
    sys.exit(main())
