"""How long an answer takes, by the route that gives it."""

import time
from typing import Final

from starlette.routing import Mount
from starlette.types import Message, Scope, Send

from monitor_app.state import runtime

# Pages and their files; what no route knows; what the doorman answered himself.
SCREENS, UNMATCHED, REFUSED = "screens", "unmatched", "refused"
_FRONTEND: Final = "frontend"
_EVENT_STREAM: Final = b"text/event-stream"


class AnswerWatch:
    """A `send` that remembers when the answer began, and with which status."""

    __slots__ = ("_began", "_ended", "_send", "status")

    def __init__(self, send: Send) -> None:
        self.status = 0
        self._send = send
        self._began = time.perf_counter()
        self._ended = 0.0

    @property
    def has_started(self) -> bool:
        """Whether the answer has begun."""
        return self.status != 0

    async def __call__(self, message: Message) -> None:
        """Pass on a part of it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            if any(name == b"content-type" and value.startswith(_EVENT_STREAM) for name, value in message["headers"]):
                self._ended = time.perf_counter()  # what follows takes as long as somebody listens
        await self._send(message)

    def note(self, scope: Scope, *, is_refused: bool = False, is_bug: bool = False) -> None:
        """Count it, when all of it was sent."""
        seconds = (self._ended or time.perf_counter()) - self._began
        if not runtime.is_running() or (own := runtime.current().own_health) is None:
            return
        if is_bug:
            own.requests.note_exception("request")
        if self.status:
            own.requests.note(REFUSED if is_refused else route_of(scope), scope["method"], self.status, seconds)


def route_of(scope: Scope) -> str:
    """The template of the route that answered, such as `/api/services/{service_id}`: never the path itself."""
    route = scope.get("route")
    if isinstance(route, Mount):
        return SCREENS if route.name == _FRONTEND else UNMATCHED
    path = getattr(route, "path", None)
    return UNMATCHED if path is None else f"{scope.get('root_path', '')}{path}"
