"""Channels for tests of the dispatcher: receivers in memory that do what they are told, and take down what came."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from monitor_app.alerting.dispatcher import Parcel

Behaviour = Callable[[Parcel], Awaitable[str]]


@dataclass
class Receivers:
    """Hand it to a dispatcher in place of the courier. By name of the channel: what each does next."""

    # (channel, dedupe key) of all that was tried, and of all that was taken.
    tried: list[tuple[str, str]] = field(default_factory=list)
    taken: list[tuple[str, str]] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    _behaviours: dict[str, Behaviour] = field(default_factory=dict)

    def on(self, channel: str, behaviour: Behaviour | None) -> None:
        """From now on, messages for this channel are dealt with like this; None: they are taken."""
        if behaviour is None:
            self._behaviours.pop(channel, None)
        else:
            self._behaviours[channel] = behaviour

    async def __call__(self, parcel: Parcel) -> str:
        name = parcel.channel.name
        self.tried.append((name, parcel.dedupe_key))
        behaviour = self._behaviours.get(name)
        answer = "250 OK" if behaviour is None else await behaviour(parcel)
        self.taken.append((name, parcel.dedupe_key))
        self.parcels.append(parcel)
        return answer


def failing(error: Exception) -> Behaviour:
    """Always this."""

    async def behave(parcel: Parcel) -> str:
        raise error

    return behave


class Gate:
    """Keeps whoever comes waiting until it is opened."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self.opened = asyncio.Event()

    async def __call__(self, parcel: Any) -> str:
        self.arrived.set()
        await self.opened.wait()
        return "250 late"
