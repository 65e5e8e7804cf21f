"""Channels: those of all, and one's own."""

from typing import Any, Final

from monitor_app.security.permissions import CHANNEL_WRITE, MONITOR_READ, PROFILE_MANAGE, SYSTEM
from tests.integration.access.routes import Call, Caller, Prepare, Row, always, plain
from tests.integration.access.routes_people import own_identity, row
from tests.integration.access.stage import Stage

CHANNELS: Final = "/api/channels"
OWN: Final = "/api/own-channels"
_CHANNEL: Final = f"{CHANNELS}/{{channel_id}}"
_OWN: Final = f"{OWN}/{{channel_id}}"


def values(stage: Stage) -> dict[str, Any]:
    """Nobody listens there."""
    return {"name": stage.new_name("hook"), "kind": "webhook", "config": {"url": "http://127.0.0.1:1/hook"}}


def own_values(stage: Stage) -> dict[str, Any]:
    """What anybody may have messages sent to."""
    return {"name": stage.new_name("phone"), "kind": "ntfy", "config": {"topic": "ops"}}


async def new_channel(stage: Stage, caller: Caller) -> Call:
    return Call(values(stage))


def of_channel(body: Any = None) -> Prepare:
    """A call about a channel of all that no policy names."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        made = await stage.running.channels.create(SYSTEM, values(stage))
        return Call(body, path=f"{CHANNELS}/{made.channel.pk}")

    return prepare


async def new_own(stage: Stage, caller: Caller) -> Call:
    return Call(own_values(stage))


def of_own(body: Any = None) -> Prepare:
    """A call about a channel of who asks."""

    async def prepare(stage: Stage, caller: Caller) -> Call:
        owner = await own_identity(stage, caller)
        made = await stage.running.channels.create(owner, own_values(stage) | {"owner": owner.name})
        return Call(body, path=f"{OWN}/{made.channel.pk}")

    return prepare


async def trial(stage: Stage, caller: Caller) -> Call:
    return Call({"kind": "webhook", "config": {"url": "http://127.0.0.1:1/hook"}})


async def refused_trial(stage: Stage, caller: Caller) -> Call:
    """Nothing may go out to the real provider."""
    return Call({"kind": "ntfy", "config": {"topic": "not a topic"}})


async def texts(stage: Stage, caller: Caller) -> Call:
    return Call({"templates": {"title": "{{service}}"}})


ROUTES: Final = (
    Row("GET", "/api/channel-kinds", MONITOR_READ, plain),
    Row("GET", CHANNELS, MONITOR_READ, plain),
    Row("GET", _CHANNEL, MONITOR_READ, of_channel()),
    Row("POST", CHANNELS, CHANNEL_WRITE, new_channel, always, 201, is_forgiving=True),
    Row("POST", f"{CHANNELS}/test", CHANNEL_WRITE, trial),
    Row("POST", f"{CHANNELS}/preview", MONITOR_READ, texts, is_forgiving=True),
    Row("PATCH", _CHANNEL, CHANNEL_WRITE, of_channel({"enabled": False}), always, is_forgiving=True),
    Row("DELETE", _CHANNEL, CHANNEL_WRITE, of_channel(), always, 204),
    row("POST", OWN, PROFILE_MANAGE, new_own, always, 201),
    row("POST", f"{OWN}/test", PROFILE_MANAGE, refused_trial, status=422),
    row("PATCH", _OWN, PROFILE_MANAGE, of_own({"enabled": False}), always),
    row("DELETE", _OWN, PROFILE_MANAGE, of_own(), always, 204),
)
