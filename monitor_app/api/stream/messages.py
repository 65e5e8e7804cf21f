"""The messages of the websockets, each with its schema, as `GET /api/stream/schema` gives them out."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.json_schema import models_json_schema

from monitor_app.api.stream.topics import TOPIC_LIMIT, encoded
from monitor_app.engine.status_object import stamp
from monitor_app.errors import InvalidInput
from monitor_app.security.documents import Limits, parse_json

MESSAGE_BYTES: Final = 64 * 1024
TOKEN_LIMIT: Final = 4096
TOPICS_LIMIT: Final = 100
SERVICES_LIMIT: Final = 1000
_MESSAGE: Final = Limits(size_bytes=MESSAGE_BYTES, depth=4, nodes=2 * SERVICES_LIMIT)

StatusName = Literal["OK", "DEGRADED", "FAILED", "STARTING", "STOPPED", "UNKNOWN"]
Topic = Annotated[str, Field(min_length=1, max_length=TOPIC_LIMIT, examples=["global", "services.shop"])]
When = Annotated[str, Field(description="RFC 3339, UTC, milliseconds", examples=["2026-05-17T12:00:00.120Z"])]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MetricData(_Message):
    """What one check found. The last three are null where they are unknown."""

    status: StatusName = Field(description="What this check found, before any confirmation.")
    message: str
    response_time_ms: float | None
    metrics: dict[str, float]
    cpu_usage: float | None = Field(description="In percent of one core.")
    memory_usage: float | None = Field(description="In bytes.")
    hostname: str | None = Field(description="Of a device, or of the machine that a process runs on.")


class MetricCollected(_Message):
    """A result was recorded; on every topic that the service belongs to, and on that of each metric it brings."""

    type: Literal["data"]
    topic: Topic
    event: Literal["metric_collected"]
    service_id: str
    timestamp: When = Field(description="When the check began.")
    data: MetricData


class ChangeData(_Message):
    """From what to what."""

    old_status: StatusName
    new_status: StatusName
    message: str


class StatusChanged(_Message):
    """A service has another status. A device tells it twice: as `device_status_changed`, too."""

    type: Literal["event"]
    topic: Topic
    event: Literal["status_changed", "device_status_changed"]
    service_id: str
    timestamp: When = Field(description="Since when it has it.")
    data: ChangeData


class NoData(_Message):
    """Nothing."""


class ServiceRemoved(_Message):
    """A service was deleted."""

    type: Literal["event"]
    topic: Topic
    event: Literal["service_removed"]
    service_id: str
    timestamp: When
    data: NoData


class MissedData(_Message):
    """How many."""

    missed: int = Field(ge=1)


class Missed(_Message):
    """The client reads too slowly: so many messages gave way to later ones of the same service, which follow."""

    type: Literal["event"]
    topic: None
    event: Literal["missed"]
    service_id: None
    timestamp: When
    data: MissedData


class WhoData(_Message):
    """Whom the server takes the client for."""

    name: str
    heartbeat_seconds: float
    silence_seconds: float


class Authenticated(_Message):
    """The answer to a good `auth`."""

    type: Literal["event"]
    topic: None
    event: Literal["authenticated"]
    service_id: None
    timestamp: When
    data: WhoData


class TopicsData(_Message):
    """All topics that the client listens to now."""

    topics: list[Topic]


class Subscribed(_Message):
    """The answer to `subscribe` and `unsubscribe`, one for each topic."""

    type: Literal["subscription"]
    topic: Topic
    event: Literal["subscribed", "unsubscribed"]
    service_id: None
    timestamp: When
    data: TopicsData


class ServerHeartbeat(_Message):
    """Every 15 s. Who hears nothing for much longer knows that the line is dead."""

    type: Literal["heartbeat"]
    topic: None
    event: None
    service_id: None
    timestamp: When
    data: NoData


Code = Literal[
    "bad_message", "unknown_topic", "too_many_topics", "unauthorized", "forbidden", "too_many_streams", "revoked",
    "too_slow", "silent", "stopping",
]  # fmt: skip


class ErrorData(_Message):
    """What is wrong, for programs and for people."""

    code: Code
    message: str


class ErrorMessage(_Message):
    """Something is wrong. After `bad_message`, `unknown_topic` and `too_many_topics` the connection stays."""

    type: Literal["error"]
    topic: str | None
    event: None
    service_id: None
    timestamp: When
    data: ErrorData


class Auth(_Message):
    """The first message of a client that brought neither header nor cookie."""

    type: Literal["auth"]
    token: str = Field(min_length=1, max_length=TOKEN_LIMIT, examples=["lb_..."], repr=False)


class Subscribe(_Message):
    """Listen to one topic or several."""

    type: Literal["subscribe"]
    topic: Topic | None = None
    topics: list[Topic] = Field(default=[], max_length=TOPICS_LIMIT)


class Unsubscribe(_Message):
    """Listen no more."""

    type: Literal["unsubscribe"]
    topic: Topic | None = None
    topics: list[Topic] = Field(default=[], max_length=TOPICS_LIMIT)


class ClientHeartbeat(BaseModel):
    """At least every 45 s, when there is nothing else to say. What else it holds is not looked at."""

    type: Literal["heartbeat"]


class StatusSubscribe(_Message):
    """To `/api/status/websocket`: these services, or all of them when none is named."""

    type: Literal["subscribe"]
    services: list[Annotated[str, Field(min_length=1, max_length=100)]] = Field(default=[], max_length=SERVICES_LIMIT)


class StatusUpdate(_Message):
    """From `/api/status/websocket`: the present status of each service, then each change."""

    type: Literal["status_update"]
    service_id: str
    status: StatusName
    timestamp: When | None = Field(description="Since when; null while that is unknown.")


ToServer = Annotated[Auth | Subscribe | Unsubscribe | ClientHeartbeat, Field(discriminator="type")]
ToStatusServer = Annotated[Auth | StatusSubscribe | ClientHeartbeat, Field(discriminator="type")]
TO_SERVER: Final[TypeAdapter[Any]] = TypeAdapter(ToServer)
TO_STATUS_SERVER: Final[TypeAdapter[Any]] = TypeAdapter(ToStatusServer)
TO_CLIENT: Final = (
    MetricCollected, StatusChanged, ServiceRemoved, Missed, Authenticated, Subscribed, ServerHeartbeat, ErrorMessage,
)  # fmt: skip


def schemas() -> dict[str, Any]:
    """JSON Schema (2020-12) of every message, by its name, and which way each of them goes."""
    groups = {
        "to_client": TO_CLIENT,
        "to_server": (Auth, Subscribe, Unsubscribe, ClientHeartbeat),
        "status_websocket_to_client": (StatusUpdate, ErrorMessage),
        "status_websocket_to_server": (Auth, StatusSubscribe, ClientHeartbeat),
    }
    models = list(dict.fromkeys(model for group in groups.values() for model in group))
    _, found = models_json_schema([(model, "validation") for model in models])
    return {name: [model.__name__ for model in group] for name, group in groups.items()} | {"$defs": found["$defs"]}


def read_message(text: str | bytes, known: TypeAdapter[Any]) -> Any:
    """One of the messages that a client may send. Raises InvalidInput in words that do not repeat what was sent."""
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    document = parse_json(data, limits=_MESSAGE, field="message")
    try:
        return known.validate_python(document)
    except ValidationError as err:
        raise InvalidInput({"message": _words(err)}) from None


def _words(err: ValidationError) -> str:
    wrong = err.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in wrong["loc"][1:])
    if wrong["type"].startswith("union_tag") or not isinstance(wrong["loc"], tuple) or not wrong["loc"]:
        return "must be an object whose type is one of those that this address knows (GET /api/stream/schema)"
    return f"{place[:100]}: {wrong['msg']}" if place else str(wrong["msg"])


def heartbeat(now: datetime) -> str:
    """From the server."""
    return _told("heartbeat", None, None, now, {})


def missed(count: int, now: datetime) -> str:
    """See Missed."""
    return _told("event", None, "missed", now, {"missed": count})


def authenticated(name: str, beat_seconds: float, silence_seconds: float, now: datetime) -> str:
    """See Authenticated."""
    data = {"name": name, "heartbeat_seconds": beat_seconds, "silence_seconds": silence_seconds}
    return _told("event", None, "authenticated", now, data)


def subscription(event: Literal["subscribed", "unsubscribed"], topic: str, topics: set[str], now: datetime) -> str:
    """See Subscribed."""
    return _told("subscription", topic, event, now, {"topics": sorted(topics)})


def error(code: Code, message: str, now: datetime, topic: str | None = None) -> str:
    """See ErrorMessage."""
    assert code in get_args(Code)
    return _told("error", topic, None, now, {"code": code, "message": message})


def _told(kind: str, topic: str | None, event: str | None, now: datetime, data: dict[str, Any]) -> str:
    told = {"type": kind, "topic": topic, "event": event, "service_id": None, "timestamp": stamp(now), "data": data}
    return encoded(told)
