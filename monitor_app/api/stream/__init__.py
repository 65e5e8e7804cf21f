"""What changes on the board, told at once: Server-Sent Events and two websockets. What they say: docs/streams.md."""

from monitor_app.api.stream.hub import StreamHub, StreamStats
from monitor_app.api.stream.limits import StreamLimits

__all__ = ["StreamHub", "StreamLimits", "StreamStats"]
