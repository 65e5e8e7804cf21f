"""What a kind of check consists of: a config model and a probe."""

from collections.abc import Awaitable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, Protocol, Self

from pydantic import BaseModel, ConfigDict, Field

from monitor_app.domain.heartbeat import Heartbeat
from monitor_app.domain.result import ProbeResult
from monitor_app.domain.service import INTERVAL_DEFAULT_SECONDS
from monitor_app.domain.status import Status
from monitor_app.domain.thresholds import KindThreshold
from monitor_app.redact import MASK, is_secret_name


class PluginConfig(BaseModel):
    """What people set up of something that has kinds: the form, the API schema and the docs come from it.

    A field's `title`, `description`, `examples`, limits and default are what people see. `json_schema_extra` may hold
    `unit` ("s", "ms", "days"), `rare: True` (folded under "More"), `secret: True`, `multiline: True`,
    `when` ("auth=basic": of use only while that other field has this value).
    """

    # What was given may be a secret: a validation error that ends up in a log does not repeat it.
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True)

    # What people read in menus.
    kind_title: ClassVar[str]
    kind_description: ClassVar[str]

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Without secrets, as this may end up in a log."""
        for name, value in super().__repr_args__():
            yield name, MASK if value and self._is_secret(name or "") else _without_secrets(value)

    @classmethod
    def _is_secret(cls, name: str) -> bool:
        field = cls.model_fields.get(name)
        extra = field.json_schema_extra if field is not None else None
        return isinstance(extra, dict) and bool(extra.get("secret"))

    @cached_property
    def repeatable_secrets(self) -> tuple[str, ...]:
        """What the other side might repeat and no report may hold, the longest first."""
        found = {text for name, value in self for text in _secret_texts(value, is_secret=self._is_secret(name))}
        return tuple(sorted(found, key=len, reverse=True))

    @property
    def target(self) -> str:
        """What is watched, short, for a table cell. Never holds a secret."""
        raise NotImplementedError

    @property
    def limit_key(self) -> str:
        """What the per-host limit counts by, normally host:port."""
        raise NotImplementedError

    @property
    def secrets_go_to(self) -> Collection[str]:
        """All who are sent a secret of this config. Who changes one has to give the secrets anew."""
        return (self.limit_key,)


class CheckConfig(PluginConfig):
    """Base of every `Config` of a kind of check (in `checks/<kind>/config.py`)."""

    # What a service of this kind is pre-set to be.
    default_service_type: ClassVar[str]
    # How an address of this kind is written, for the message when no kind knows an address.
    address_form: ClassVar[str] = ""
    # Addresses that begin like this ("push:") are this kind's alone, whatever others could make of them.
    address_prefix: ClassVar[str] = ""
    # Kinds that are surer of an address are tried first: 0 for a form of one's own or a port that is certainly one's
    # own, more for those that would take nearly anything.
    address_rank: ClassVar[int] = 0
    # What the short facts of its results are called; one that is not named here is called by its own name.
    fact_titles: ClassVar[Mapping[str, str]] = {}
    # How often it is checked when nobody says.
    default_interval_seconds: ClassVar[int] = INTERVAL_DEFAULT_SECONDS
    # Nobody asks services of this kind: a source (sources/) tells what it has observed of them, and makes them.
    is_observed: ClassVar[bool] = False

    deadline_seconds: float = Field(
        default=10.0,
        ge=0.1,
        le=120.0,
        title="Deadline",
        description="The whole check must be done by then, body included.",
        json_schema_extra={"unit": "s", "rare": True},
    )
    failures_to_fail: int = Field(
        default=3,
        ge=1,
        le=10,
        title="Failures to fail",
        description="So many failed results in a row make it FAILED; after the first, the next come 10-15 s apart.",
        json_schema_extra={"rare": True},
    )
    successes_to_recover: int = Field(
        default=2,
        ge=1,
        le=10,
        title="Successes to recover",
        description="So many good results in a row end a failure.",
        json_schema_extra={"rare": True},
    )
    starting_seconds: int = Field(
        default=0,
        ge=0,
        le=86_400,
        title="Time to start",
        description="After it is added or enabled, failures within this time count as starting, not as down.",
        json_schema_extra={"unit": "s", "rare": True},
    )
    breaker_failures: int = Field(
        default=5,
        ge=0,
        le=1000,
        title="Breaker opens after",
        description="So many failed results in a row pause the checks for a while; 0 never does.",
        json_schema_extra={"unit": "failures", "rare": True},
    )
    breaker_seconds: int = Field(
        default=300,
        ge=10,
        le=86_400,
        title="Breaker stays open",
        description="Then one check decides whether it closes or stays open as long again. It is down meanwhile.",
        json_schema_extra={"unit": "s", "rare": True},
    )

    @classmethod
    def fact_title(cls, name: str) -> str:
        """What people read for a short fact of a result: "Certificate expires"."""
        return cls.fact_titles.get(name) or name.replace("_", " ").capitalize()

    @classmethod
    def from_address(cls, address: str) -> list[Self]:
        """Configs worth trying for a pasted address, best first; empty when it is not this kind's.

        Raises InvalidInput when the address is this kind's but wrong (port 70000, credentials in a URL).
        """
        return []

    @property
    def member_ids(self) -> Collection[str]:
        """The service_ids that this one is made of; it depends on them, and must not be among theirs."""
        return ()

    def needed(self, count: int) -> int:
        """How many of so many members have to be up: all, unless a kind overrides this."""
        return count

    def with_member_renamed(self, before: str, after: str) -> Self:
        """The same, where one of the members has another service_id now. Kinds that have members override this."""
        return self

    @property
    def thresholds(self) -> Sequence[KindThreshold]:
        """By which metrics, and from where on, the probe finds it DEGRADED or FAILED: what charts draw."""
        return ()

    @property
    def heartbeat_token(self) -> str:
        """Whoever knows it may report for the service. Kinds that are told instead of asking override this."""
        return ""


def _without_secrets(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {name: MASK if is_secret_name(str(name)) else text for name, text in value.items()}


def _secret_texts(value: Any, *, is_secret: bool) -> Iterator[str]:
    """The secrets in a value: itself, what stands under a secret name, what a URL carries under one."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _secret_texts(inner, is_secret=is_secret or is_secret_name(str(name)))
    elif isinstance(value, str) and is_secret:
        # Whoever repeats "Bearer ..." may leave its first word out.
        yield from (part for part in (value, value.partition(" ")[2]) if part)
    elif isinstance(value, str) and "://" in value:
        pairs = (part.partition("=") for part in value.partition("?")[2].partition("#")[0].split("&"))
        yield from (text for name, _, text in pairs if text and is_secret_name(name))


class Facts(Protocol):
    """What this program itself knows and a probe may ask for."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""
        ...

    def member(self, service_id: str) -> tuple[str, Status] | None:
        """A service's label and present status; None when there is no such service."""
        ...

    def heartbeats(self, service_pk: int) -> "Heartbeats":
        """What a service has reported of itself."""
        ...


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """The last report of success or failure, the start of a run that has not ended, and since when any is awaited.

    `run_seconds` is how long the run took that `last` ended, where its start was reported.
    """

    last: Heartbeat | None
    started_at: datetime | None
    awaited_since: datetime
    run_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ProbeContext:
    """What the runner hands to a probe. `network` is a `monitor_app.net.Network`, typed loosely: net stands above.

    `service_pk` is 0 and `facts` may be None when something is only tried that is not saved yet.
    """

    network: Any
    check_id: str = ""
    service_pk: int = 0
    facts: Facts | None = None


class Probe(Protocol):
    """`async def probe(context, config) -> ProbeResult` in `checks/<kind>/probe.py`.

    Returns FAILED when the target is broken; raises only for a bug. It keeps to `config.deadline_seconds` itself, so
    that it can tell in which phase time ran out; the runner cuts it off shortly after as a safety belt.
    """

    def __call__(self, context: ProbeContext, config: Any) -> Awaitable[ProbeResult]: ...
