"""The browser's modules that need no browser, run by Node."""

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

TESTS = sorted(Path(__file__).with_name("browser").glob("*.test.mjs"))


@pytest.mark.parametrize("file", TESTS, ids=lambda path: path.name)
def test_module(file: Path) -> None:
    scripts = sysconfig.get_path("scripts")
    environment = os.environ | {"PATH": os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)])}

    done = subprocess.run(["node", "--test", str(file)], env=environment, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
