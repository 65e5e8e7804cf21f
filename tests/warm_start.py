"""Programs that start warm: forked from a process that has imported what `serve` is made of.

To import it takes more of the processor than all else that a start does. Browser tests do not test the start itself,
so each pytest worker pays once for it. From there on it is the program as people start it, in a session and a process
group of its own: settings, migrations, the app with its pages, the web server and the engine come after the fork.
Whether a program can be started from nothing, and how it ends, is tested with real starts (LiveApp's `is_warm`).
"""

import atexit
import gc
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO, Any

from monitor_app.cli import main

LOOK_SECONDS = 0.02
# What of `serve` knows no settings yet, and so may be shared.
MADE_OF = ("reflex.app", "monitor_app.bootstrap", "monitor_app.cli.serve", "monitor_app.server.web")


class WarmProcess:
    """What `subprocess.Popen` would be for a program that was forked elsewhere."""

    def __init__(self, forge: "Forge", pid: int) -> None:
        self._forge, self.pid = forge, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, as Popen has it; None while it runs."""
        if self.returncode is None:
            self.returncode = self._forge.ask(poll=self.pid)["code"]
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The same when it has ended. Raises subprocess.TimeoutExpired."""
        deadline = float("inf") if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired("serve", timeout or 0)
            self._forge.rest(LOOK_SECONDS)
        return code


class Forge:
    """The warm process, asked over its standard input and output. It ends when this process does."""

    def __init__(self, root: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            cwd=root,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        atexit.register(self._end)

    def start(self, environment: Mapping[str, str], log: Path) -> WarmProcess:
        """`python -m monitor_app serve`, whose output is added to a file."""
        return WarmProcess(self, self.ask(environment=dict(environment), log=str(log))["pid"])

    def ask(self, **question: Any) -> Any:
        """One line there, one back."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, f"what starts programs has ended with {self._process.wait()}"
        return json.loads(answer)

    def rest(self, seconds: float) -> None:
        """A short wait between two looks; the end of the warm process itself would end it."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    def _end(self) -> None:
        self._process.communicate()


@cache
def forge(root: Path) -> Forge:
    """The one of this process, started when it is wanted first. It has the environment of no program in particular."""
    return Forge(root, {name: value for name, value in os.environ.items() if name != "LINES_FILE"})


def answer_questions() -> dict[str, Any] | None:
    """In the warm process: start and look after programs until nobody asks any more.

    In a forked process: what was asked for.
    """
    own_answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        question = json.loads(line)
        if "poll" in question:
            pid, status = os.waitpid(question["poll"], os.WNOHANG)
            answer = {"code": os.waitstatus_to_exitcode(status) if pid else None}
        else:
            is_apart, told = os.pipe()
            if not (pid := os.fork()):
                own_answers.close()
                os.close(is_apart)
                return question | {"told": told}
            os.close(told)
            os.read(is_apart, 1)  # its group is there now: it can be killed
            os.close(is_apart)
            answer = {"pid": pid}
        _write(own_answers, answer)
    return None


def _write(to: IO[str], answer: dict[str, Any]) -> None:
    to.write(json.dumps(answer) + "\n")
    to.flush()


def become_program(question: dict[str, Any]) -> int:
    """In a forked process: all that a shell would do, then the program."""
    os.setsid()
    os.environ.clear()
    os.environ.update(question["environment"])
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(question["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)
    os.close(nothing)
    os.close(log)
    os.close(question["told"])
    package = Path(main.__code__.co_filename).parents[1]
    sys.argv = [str(package / "__main__.py"), "serve"]
    return main()


if __name__ == "__main__":
    gc.disable()
    for module in MADE_OF:
        importlib.import_module(module)
    # It would hold the settings of the first program for all.
    assert "rxconfig" not in sys.modules
    gc.freeze()
    asked = answer_questions()
    sys.exit(0 if asked is None else become_program(asked))
