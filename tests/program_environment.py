"""The environment of programs that tests start."""

import os
from typing import Final

# Where `make test` has the lines noted that a process runs; see tools/lines.
LINES: Final = "LINES_FILE"


def program_environment(*, is_noted: bool = False) -> dict[str, str]:
    """This process's own. Whether lines are noted: that makes a program start half as long again, or twice as long.

    What a program does is covered when some tests have it noted; one that is killed would lose its notes anyway.
    """
    return {name: value for name, value in os.environ.items() if is_noted or name != LINES}
