"""Tests that measure fractions of a second: a busy machine blurs these, so they are tried again more slowly."""

import gc
import inspect
import warnings
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

import pytest

from monitor_app.errors import LightbulbError

# All times of a test are multiplied by these in turn. A defect is there at any pace.
PACES = (1, 5, 25)

# What may be due to a busy moment.
FAILURES = (AssertionError, pytest.fail.Exception, LightbulbError, TimeoutError, ExceptionGroup)

Test = Callable[..., Awaitable[None]]


def at_any_pace(test: Test) -> Test:
    """Give a coroutine test the parameter `pace`; it has to pass at one of them."""
    return at_paces(*PACES)(test)


def at_paces(*paces: int) -> Callable[[Test], Test]:
    """The same with paces of the test's own, where what it is about is not the same at each."""

    def give(test: Test) -> Test:
        @wraps(test)
        async def run(**fixtures: Any) -> None:
            for pace in paces[:-1]:
                try:
                    await test(**fixtures, pace=pace)
                except FAILURES:
                    pass
                else:
                    return
                _clear_away()
            await test(**fixtures, pace=paces[-1])

        signature = inspect.signature(test)
        fixtures = [parameter for name, parameter in signature.parameters.items() if name != "pace"]
        run.__signature__ = signature.replace(parameters=fixtures)  # type: ignore[attr-defined]
        return run

    return give


def _clear_away() -> None:
    """What a test that failed did not close would be told as an error of whichever test runs when it is noticed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
