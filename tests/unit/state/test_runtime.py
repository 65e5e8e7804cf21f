"""The runtime of the process."""

from typing import Any, cast

import pytest

from monitor_app.engine.board import Board
from monitor_app.state import runtime
from monitor_app.state.runtime import Runtime


def test_runtime_is_there_between_install_and_uninstall() -> None:
    nothing = cast(Any, None)
    mine = Runtime(Board(), follower=nothing, hub=nothing)
    runtime.install(mine)
    try:
        assert runtime.current() is mine
    finally:
        runtime.uninstall()
    with pytest.raises(RuntimeError, match="nothing runs"):
        runtime.current()
