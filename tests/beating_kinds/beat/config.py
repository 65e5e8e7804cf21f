from typing import ClassVar

from pydantic import Field

from monitor_app.plugins.protocols import CheckConfig


class Config(CheckConfig):
    kind_title: ClassVar[str] = "Beat"
    kind_description: ClassVar[str] = "It reports by itself."
    default_service_type: ClassVar[str] = "application"

    failures_to_fail: int = Field(default=1, ge=1, le=10)
    successes_to_recover: int = Field(default=1, ge=1, le=10)
    token: str = Field(default="", json_schema_extra={"secret": True})
    grace_seconds: float = 60.0

    @property
    def target(self) -> str:
        return "reports"

    @property
    def limit_key(self) -> str:
        return "beat"

    @property
    def heartbeat_token(self) -> str:
        return self.token
