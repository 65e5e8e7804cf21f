"""Takes a notification to its channel: puts it into words, unseals the channel's secrets, hands it to its kind."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from monitor_app.alerting.dispatcher import Clock, Parcel
from monitor_app.domain.alerting.message import SETTLED, Message
from monitor_app.domain.alerting.rendering import HISTORY_LIMIT, render
from monitor_app.errors import DatabaseUnavailable
from monitor_app.net import Network
from monitor_app.plugins.notifier_kinds import NotifierRegistry, Sending
from monitor_app.storage.database import Database
from monitor_app.storage.history import SqlHistory

# The last statuses of a service, the oldest first, for a picture.
History = Callable[[str], Awaitable[Sequence[str]]]
_NONE: Final[Sequence[str]] = ()


class Courier:
    """Call it with a parcel. Raises DeliveryFailed; NotFound, InvalidInput, SecretUnreadable for a broken channel."""

    def __init__(
        self, registry: NotifierRegistry, network: Network, clock: Clock, *, public_url: str, history: History
    ) -> None:
        self._registry = registry
        self._network = network
        self._clock = clock
        self._public_url = public_url
        self._history = history

    async def __call__(self, parcel: Parcel) -> str:
        """What the provider said."""
        notifier = self._registry[parcel.channel.kind]
        config = notifier.parse(parcel.channel.config)
        message = Message.parse(parcel.message)
        history = await self._history(message.root_service_id) if message.root_service_id else _NONE
        templates: Mapping[str, Any] = parcel.channel.templates
        rendered = render(message, templates=templates, public_url=self._public_url, history=history)
        sending = Sending(
            network=self._network,
            dedupe_key=parcel.dedupe_key,
            now=self._clock.now(),
            incident_key=parcel.incident_key,
            deadline_seconds=config.deadline_seconds,
            public_url=self._public_url,
            settled=parcel.message.get(SETTLED) or {},
        )
        return await notifier.send(config, rendered, sending)


def history_of(database: Database, pk_of: Callable[[str], int | None]) -> History:
    """From the results that are stored. A picture that cannot be had is left out."""
    past = SqlHistory(database)

    async def statuses(service_id: str) -> Sequence[str]:
        pk = pk_of(service_id)
        if pk is None:
            return _NONE
        try:
            results = (await past.recent(HISTORY_LIMIT, [pk])).get(pk, [])
        except DatabaseUnavailable:
            return _NONE
        return [stored.status.name for stored in results]

    return statuses
