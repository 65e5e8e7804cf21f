"""Trying a channel before it is saved: a message to it at once, and what messages will look like."""

import asyncio
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from monitor_app.domain.alerting.channel import Channel
from monitor_app.domain.alerting.message import Message, ToldAlert
from monitor_app.domain.alerting.rendered import Rendered
from monitor_app.domain.alerting.rendering import render
from monitor_app.domain.alerting.template import given_templates
from monitor_app.errors import Busy, DeliveryFailed
from monitor_app.log import get_logger
from monitor_app.net.network import Network
from monitor_app.plugins.notifier_kinds import NotifierRegistry, Sending
from monitor_app.security.permissions import CHANNEL_WRITE, MONITOR_READ, PROFILE_MANAGE, Identity
from monitor_app.storage import channels as table
from monitor_app.storage.database import Database
from monitor_app.use_cases.channel_input import given_config, given_kind, must_be_allowed
from monitor_app.use_cases.channels import ChannelUseCases
from monitor_app.use_cases.services import Clock

TESTS_AT_ONCE: Final = 10
# Who keeps channels of their own alone must not fill other people's phones.
OWN_TESTS_A_MINUTE: Final = 6
MINUTE_SECONDS: Final = 60.0
# What the picture of a test shows.
_HISTORY: Final = ("OK",) * 44 + ("DEGRADED",) * 4 + ("OK",) * 6 + ("FAILED",) * 6

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a test: the provider's own answer, or why it was not taken."""

    is_sent: bool
    answer: str
    seconds: float
    is_final: bool = False
    is_ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a message would say. `is_real`: of the newest real alert, else of one that was made up."""

    rendered: Rendered
    is_real: bool


class ChannelTrying:
    """Sends tests, and shows previews. Nothing is stored."""

    def __init__(
        self,
        database: Database,
        registry: NotifierRegistry,
        clock: Clock,
        network: Network,
        channels: ChannelUseCases,
        public_url: str = "",
    ) -> None:
        self._database = database
        self._registry = registry
        self._clock = clock
        self._network = network
        self._channels = channels
        self._public_url = public_url
        self._running = 0
        # When each of those who may not change channels sent tests lately.
        self._sent: dict[str, list[float]] = {}

    async def test(self, identity: Identity, values: Mapping[str, Any], pk: Any = None) -> Trial:
        """Send a message that says that it is a test, to `kind` with `config`, in the words of `templates`.

        `pk` is the channel that is being changed: its secrets, which the form only shows as a mask, and its kind and
        config where none are given, are taken from it. Raises InvalidInput, NotFound, PermissionDenied, and Busy when
        too many are being sent.
        """
        identity.require(MONITOR_READ)
        before, values = await self._known(identity, pk, values)
        notifier = given_kind(self._registry, values.get("kind"))
        config = given_config(notifier, values.get("config") or {}, before)
        templates = given_templates(values.get("templates") or {})
        await must_be_allowed(identity, self._network, config, self._channels.config_of(before))
        if self._running >= TESTS_AT_ONCE:
            raise Busy("too many tests are being sent already: try again in a moment")
        self._count(identity)
        now = self._clock.now()
        message = replace(sample(now), kind="test", severity="info")
        rendered = render(message, templates=templates, public_url=self._public_url, history=_HISTORY)
        key = f"lightbulb-test-{secrets.token_hex(8)}"
        sending = Sending(self._network, key, now, "", config.deadline_seconds, self._public_url)
        self._running += 1
        started = asyncio.get_running_loop().time()
        try:
            answer = await notifier.send(config, rendered, sending)
        except DeliveryFailed as err:
            seconds = asyncio.get_running_loop().time() - started
            return Trial(False, str(err), seconds, err.is_final, err.is_ambiguous)
        finally:
            self._running -= 1
        return Trial(True, answer, asyncio.get_running_loop().time() - started)

    def _count(self, identity: Identity) -> None:
        """Raises Busy."""
        if identity.may(CHANNEL_WRITE):
            return
        now = asyncio.get_running_loop().time()
        lately = {name: [at for at in moments if now - at < MINUTE_SECONDS] for name, moments in self._sent.items()}
        self._sent = {name: moments for name, moments in lately.items() if moments}
        own = self._sent.setdefault(identity.name, [])
        if len(own) >= OWN_TESTS_A_MINUTE:
            raise Busy(f"you have sent {OWN_TESTS_A_MINUTE} tests within a minute: try again in a moment")
        own.append(now)

    async def _known(
        self, identity: Identity, pk: Any, values: Mapping[str, Any]
    ) -> tuple[Channel | None, Mapping[str, Any]]:
        """The channel that is being changed, and the values with those that it has already."""
        if pk is None:
            if not identity.may(CHANNEL_WRITE):
                identity.require(PROFILE_MANAGE)
            return None, values
        view = await self._channels.get(identity, pk)
        if not view.may_change:
            identity.require(CHANNEL_WRITE)
        before = view.channel
        return before, {"kind": before.kind, "config": view.config, "templates": before.templates, **values}

    async def preview(self, identity: Identity, templates: Any) -> Preview:
        """What a message would say in the words of these templates. Raises InvalidInput."""
        identity.require(MONITOR_READ)
        given = given_templates({} if templates is None else templates)
        async with self._database.read() as conn:
            document = await table.latest_message(conn)
        message = _parsed(document)
        shown = message or sample(self._clock.now())
        return Preview(
            render(shown, templates=given, public_url=self._public_url, history=_HISTORY), message is not None
        )


def sample(now: datetime) -> Message:
    """A message as of a real outage."""
    since = now - timedelta(minutes=4)
    cause = "connection refused by 192.0.2.10:5432: nothing listens there"
    return Message(
        kind="fired",
        title="db-main is down",
        severity="critical",
        at=now,
        since=since,
        cause=cause,
        root_service_id="db-main",
        root_label="db-main",
        firing=1,
        alerts=(ToldAlert("db-main", "db-main", "A service is down", "critical", "firing", since, cause),),
        affected=("shop", "checkout", "search"),
        affected_count=3,
        path="/alerts",
    )


def _parsed(document: Mapping[str, Any] | None) -> Message | None:
    if document is None:
        return None
    try:
        return Message.parse(document)
    except (KeyError, ValueError, TypeError):  # of another version
        return None
