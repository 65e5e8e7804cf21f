"""Where a service that Consul tells of is found; nobody asks it there, Consul does."""

from typing import ClassVar

from pydantic import Field

from monitor_app.plugins.protocols import CheckConfig

_LIMIT = 2048


class Config(CheckConfig):
    """What the catalogue says. All of it comes from the source, at each poll anew."""

    kind_title: ClassVar[str] = "Consul"
    kind_description: ClassVar[str] = "Told by a connection to Consul, which makes these services and keeps them."
    default_service_type: ClassVar[str] = "consul_service"
    is_observed: ClassVar[bool] = True

    url: str = Field(default="", max_length=_LIMIT, title="Address", description="Where people open it.")
    address: str = Field(default="", max_length=255, title="Host", description="As the catalogue has it.")
    port: int = Field(default=0, ge=0, le=65535, title="Port", description="As the catalogue has it; 0 for none.")
    name: str = Field(default="", max_length=255, title="Service", description="The service's name in the catalogue.")
    failures_to_fail: int = Field(
        default=1,
        ge=1,
        le=10,
        title="Failures to fail",
        description="Consul has made up its mind already, so once is enough.",
        json_schema_extra={"rare": True},
    )
    successes_to_recover: int = Field(
        default=1,
        ge=1,
        le=10,
        title="Successes to recover",
        description="Consul has made up its mind already, so once is enough.",
        json_schema_extra={"rare": True},
    )
    breaker_failures: int = Field(
        default=0,
        ge=0,
        le=1000,
        title="Breaker opens after",
        description="Nobody is asked, so there is nothing to pause: 0 never does.",
        json_schema_extra={"unit": "failures", "rare": True},
    )

    @property
    def target(self) -> str:
        """Its address, as far as there is one."""
        if self.url:
            return self.url if len(self.url) <= 100 else f"{self.url[:99]}…"
        host = f"[{self.address}]" if ":" in self.address else self.address
        return (f"{host}:{self.port}" if self.port else host) or self.name

    @property
    def limit_key(self) -> str:
        """Nothing is asked, so nothing is limited."""
        return "consul"
