"""The API with people in it, without a server."""

from collections.abc import Iterator

import pytest

from monitor_app.state.runtime import Runtime
from tests.unit.api.people import running


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    """What runs, with an access book that knows a session and a key of each role."""
    with running() as installed:
        yield installed
