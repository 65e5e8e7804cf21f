"""Routes of help."""

from typing import Final

from monitor_app.security.permissions import BOARD_READ
from tests.integration.access.routes import Call, Caller, Row
from tests.integration.access.stage import Stage


async def picture(stage: Stage, caller: Caller) -> Call:
    return Call(path="/api/help/images/board.png")


ROUTES: Final = (Row("GET", "/api/help/images/{name}", BOARD_READ, picture),)
