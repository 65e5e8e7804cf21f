"""The routes that tell how the monitor itself is."""

from typing import Final

from monitor_app.security.permissions import BOARD_READ, MONITOR_READ
from monitor_app.state.guard import PUBLIC
from tests.integration.access.routes import Row, plain

ROUTES: Final = (
    Row("GET", "/readyz", PUBLIC, plain),
    Row("GET", "/health/detailed", MONITOR_READ, plain),
    Row("GET", "/health/polling", MONITOR_READ, plain),
    Row("GET", "/metrics", MONITOR_READ, plain),
    Row("GET", "/metrics/performance", MONITOR_READ, plain),
    Row("GET", "/monitoring/dashboard", BOARD_READ, plain),
)
