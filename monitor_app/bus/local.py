"""Events inside one process: whoever publishes never waits, and a slow or broken subscriber harms only itself."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from monitor_app.log import get_logger

WAITING_LIMIT = 1000
CLOSE_SECONDS = 1.0

Event = TypeVar("Event")
logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SubscriberStats:
    """What became of the events of one subscriber."""

    name: str
    waiting: int
    handled: int
    failed: int
    dropped: int


class Subscription:
    """One subscriber: its own queue and its own task."""

    def __init__(self, name: str, handler: Callable[[Any], Awaitable[None]]) -> None:
        self.name = name
        self.handled = self.failed = self.dropped = 0
        self._handler = handler
        self._waiting: deque[Any] = deque()
        self._arrived = asyncio.Event()
        self._is_closing = False
        self._task = asyncio.create_task(self._deliver(), name=f"bus:{name}")

    @property
    def stats(self) -> SubscriberStats:
        """The counters as they are now."""
        return SubscriberStats(self.name, len(self._waiting), self.handled, self.failed, self.dropped)

    def put(self, event: object) -> None:
        """Append an event; the oldest gives way when WAITING_LIMIT of them wait already."""
        if self._is_closing:
            return
        if len(self._waiting) >= WAITING_LIMIT:
            self._waiting.popleft()
            self.dropped += 1
            if self.dropped == 1:
                logger.warning("a subscriber is too slow; its oldest events are dropped", subscriber=self.name)
        self._waiting.append(event)
        self._arrived.set()

    async def close(self) -> None:
        """Take no more, hand over what waits, give up after CLOSE_SECONDS."""
        self._is_closing = True
        self._arrived.set()
        _, late = await asyncio.wait([self._task], timeout=CLOSE_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _deliver(self) -> None:
        while self._waiting or not self._is_closing:
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            event = self._waiting.popleft()
            try:
                await self._handler(event)
                self.handled += 1
            except Exception:
                self.failed += 1
                logger.exception("a subscriber failed", subscriber=self.name, event_type=type(event).__name__)


class Bus:
    """Publish and subscribe by the event's type. Belongs to the event loop it was made on."""

    def __init__(self) -> None:
        self._subscriptions: dict[type, list[Subscription]] = {}

    def subscribe(
        self, event_type: type[Event], handler: Callable[[Event], Awaitable[None]], name: str
    ) -> Subscription:
        """Call `handler` with every event of exactly this type, one after the other, in order."""
        subscription = Subscription(name, handler)
        self._subscriptions.setdefault(event_type, []).append(subscription)
        return subscription

    async def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription; what waits for it is still handed over."""
        for subscriptions in self._subscriptions.values():
            if subscription in subscriptions:
                subscriptions.remove(subscription)
        await subscription.close()

    def publish(self, event: object) -> None:
        """Hand an event to all its subscribers. Never blocks and never raises for a subscriber's sake."""
        for subscription in self._subscriptions.get(type(event), ()):
            subscription.put(event)

    def stats(self) -> list[SubscriberStats]:
        """One entry a subscriber."""
        return [subscription.stats for group in self._subscriptions.values() for subscription in group]

    async def close(self) -> None:
        """End all subscriptions; takes at most about CLOSE_SECONDS."""
        everyone = [subscription for group in self._subscriptions.values() for subscription in group]
        self._subscriptions.clear()
        await asyncio.gather(*(subscription.close() for subscription in everyone))
