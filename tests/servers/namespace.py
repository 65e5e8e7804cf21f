"""A network of its own for a piece of a test: a Linux network namespace, in which routes and sysctls can be set.

Needs root or user namespaces, which Linux has by default.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_in_namespace(code: str, *setup: str, seconds: float = 120.0) -> str:
    """What the Python code prints, run alone in a new network with a working loopback after the shell lines `setup`.

    A process that they leave in the background is ended when they call it `peer`.
    """
    become_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    shell = " && ".join(["ip link set lo up", *setup, '"$0" -c "$1"'])
    shell = f"trap 'test -z \"$peer\" || kill $peer' EXIT; {shell}"
    done = subprocess.run(
        ["unshare", *become_root, "--net", "sh", "-c", shell, sys.executable, code],
        capture_output=True,
        text=True,
        timeout=seconds,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
