"""Whether to block is told by a file."""

from typing import ClassVar

from monitor_app.plugins.protocols import CheckConfig


class Config(CheckConfig):
    """`path` names a file with a number of seconds."""

    kind_title: ClassVar[str] = "Block"
    kind_description: ClassVar[str] = "Blocks the event loop."
    default_service_type: ClassVar[str] = "application"

    path: str

    @property
    def target(self) -> str:
        """The file."""
        return self.path

    @property
    def limit_key(self) -> str:
        """One for all."""
        return "block"
