"""A dispatcher on one database, with channels that do what they are told and a clock that stands still."""

from typing import Any

from monitor_app.alerting.dispatcher import Dispatcher
from monitor_app.storage.database import Database
from tests.receivers import Receivers
from tests.telling import Stage


class World(Stage):
    """With a dispatcher whose clock stands still, too."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.receivers = Receivers()
        self.revisions: list[int] = []
        self.dispatcher = self.another()

    def another(self, **options: Any) -> Dispatcher:
        return Dispatcher(
            self.database, self.clock, self.receivers, chance=lambda: 0.0, on_change=self.revisions.append, **options
        )

    async def send(self) -> None:
        """Send all that may be sent now, and what comes after it."""
        while True:
            before = (len(self.receivers.tried), len(self.receivers.taken))
            await self.dispatcher.look()
            await self.dispatcher.idle()
            if (len(self.receivers.tried), len(self.receivers.taken)) == before:
                return

    async def states(self) -> list[tuple[str, str, int]]:
        return [(row["channel_name"], row["state"], row["attempts"]) for row in await self.rows()]
