"""What the app is told by its environment. Apart from it: importing an app of Reflex makes it that of this process."""

from typing import Final

DATABASE_VARIABLE: Final = "LIVE_APP_DATABASE"
# The module that writes results in place of the engine; none: somebody else writes.
WRITER_VARIABLE: Final = "LIVE_APP_WRITER"
# Set: only who is logged in may look. Otherwise the board is made public, so that the browsers need no accounts.
PRIVATE_VARIABLE: Final = "LIVE_APP_PRIVATE"
