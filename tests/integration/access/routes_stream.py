"""Routes of what streams. On the stage no stream has a seat, so those who may listen are asked to come again."""

from typing import Final

from monitor_app.security.permissions import BOARD_READ
from monitor_app.state.guard import PUBLIC
from tests.integration.access.routes import Row, plain

ROUTES: Final = (
    Row("GET", "/api/status/stream", BOARD_READ, plain, status=429),
    Row("GET", "/api/stream/schema", BOARD_READ, plain),
    # Websockets, which judge for themselves (tests/integration/stream/); plain requests are told so.
    Row("POST", "/ws", PUBLIC, plain, status=426),
    Row("POST", "/api/status/websocket", PUBLIC, plain, status=426),
)
