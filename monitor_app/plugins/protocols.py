"""What a kind of check consists of: a config model and a probe."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from monitor_app.domain.result import ProbeResult


class CheckConfig(BaseModel):
    """Base of every kind's `Config` (in `checks/<kind>/config.py`): the form, the API schema and the docs come from it.

    A field's `title`, `description`, `examples`, limits and default are what people see. `json_schema_extra` may hold
    `unit` ("s", "ms", "days"), `rare: True` (folded under "More"), `secret: True`, `multiline: True`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    # What people read in menus, what it is pre-set to be, and the metric that stands for "how fast".
    kind_title: ClassVar[str]
    kind_description: ClassVar[str]
    default_service_type: ClassVar[str]
    # How an address of this kind is written, for the message when no kind knows an address.
    address_form: ClassVar[str] = ""

    deadline_seconds: float = Field(
        default=10.0,
        ge=0.1,
        le=120.0,
        title="Deadline",
        description="The whole check must be done by then, body included.",
        json_schema_extra={"unit": "s", "rare": True},
    )

    @property
    def target(self) -> str:
        """What is watched, short, for a table cell. Never holds a secret."""
        raise NotImplementedError

    @property
    def limit_key(self) -> str:
        """What the per-host limit counts by, normally host:port."""
        raise NotImplementedError

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """Configs worth trying for a pasted address, best first; empty when it is not this kind's.

        Raises InvalidInput when the address is this kind's but wrong (port 70000, credentials in a URL).
        """
        return []


@dataclass(frozen=True, slots=True)
class ProbeContext:
    """What the runner hands to a probe. `network` is a `monitor_app.net.Network`, typed loosely: net stands above."""

    network: Any
    check_id: str = ""


class Probe(Protocol):
    """`async def probe(context, config) -> ProbeResult` in `checks/<kind>/probe.py`.

    Returns FAILED when the target is broken; raises only for a bug. It keeps to `config.deadline_seconds` itself, so
    that it can tell in which phase time ran out; the runner cuts it off shortly after as a safety belt.
    """

    def __call__(self, context: ProbeContext, config: Any) -> Awaitable[ProbeResult]: ...
