"""What a notification says, as data: made when something happens, rendered for its channel when it is sent."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, Self

from monitor_app.domain.alerting.severity import Severity

MessageKind = Literal["fired", "update", "repeat", "resolved", "escalated", "flapping", "monitor", "delivery", "test"]
# What somebody would be woken by.
PAGES: Final = ("fired", "escalated", "flapping", "monitor")
# So many alerts and names are told one by one, the most important first; of the rest, how many there are.
NAMED_LIMIT: Final = 10
# Beside what it says a document may hold who of several receivers is not to be tried again (errors.DeliveryFailed).
SETTLED: Final = "settled"


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """An alert as a message tells it. `state` is "firing" or "resolved"."""

    service_id: str
    label: str
    rule: str
    severity: Severity
    state: str
    since: datetime
    cause: str
    resolved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What of one incident, or of several where many things happen at once, somebody is told.

    `title` and `cause` are plain text, and may hold what a monitored thing said. `path` is below the program's own
    address. `affected` are the labels of at most NAMED_LIMIT services that depend on what failed, of `affected_count`.
    """

    kind: MessageKind
    title: str
    severity: Severity
    at: datetime
    since: datetime
    cause: str = ""
    incident_pk: int | None = None
    # Of further incidents that this message tells, too.
    other_incidents: int = 0
    root_service_id: str = ""
    root_label: str = ""
    firing: int = 0
    resolved: int = 0
    alerts: tuple[ToldAlert, ...] = ()
    affected: tuple[str, ...] = ()
    affected_count: int = 0
    resolved_at: datetime | None = None
    acknowledged_by: str = ""
    # For "escalated": which step; for "delivery": what could not be sent.
    note: str = ""
    path: str = "/alerts"

    @property
    def is_resolved(self) -> bool:
        """Whether all of what it tells is over."""
        return self.kind == "resolved"

    def document(self) -> dict[str, Any]:
        """As JSON."""
        found: dict[str, Any] = _plain(asdict(self))
        return found

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Self:
        """What `document` gave. Raises KeyError or ValueError for anything else."""
        values = dict(document)
        values.pop(SETTLED, None)
        for name in ("at", "since"):
            values[name] = datetime.fromisoformat(values[name])
        if values.get("resolved_at"):
            values["resolved_at"] = datetime.fromisoformat(values["resolved_at"])
        values["alerts"] = tuple(_told(each) for each in values.get("alerts", ()))
        values["affected"] = tuple(values.get("affected", ()))
        return cls(**values)


def has_arrived_in_part(document: Mapping[str, Any]) -> bool:
    """Whether some of several receivers have it already."""
    return "" in (document.get(SETTLED) or {}).values()


def _told(document: Mapping[str, Any]) -> ToldAlert:
    ended = document.get("resolved_at")
    return ToldAlert(
        **{
            **document,
            "since": datetime.fromisoformat(document["since"]),
            "resolved_at": datetime.fromisoformat(ended) if ended else None,
        }
    )


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            return value
