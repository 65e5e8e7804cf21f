"""What the tests of the engine share."""

from collections.abc import Callable
from typing import Any

import pytest

from monitor_app.domain.service import ServiceDefinition
from tests.virtual_time import VirtualClock


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def service() -> Callable[..., ServiceDefinition]:
    def make(pk: int = 1, **changes: Any) -> ServiceDefinition:
        fields: dict[str, Any] = {
            "pk": pk,
            "service_id": f"service-{pk}",
            "label": f"Service {pk}",
            "service_type": "website",
            "kind": "fake",
            "group": "",
            "tags": (),
            "status_config": {},
            "metric_config": {},
            "interval_seconds": 10,
            "enabled": True,
            "is_demo": False,
            "revision": 1,
        }
        return ServiceDefinition(**(fields | changes))

    return make
