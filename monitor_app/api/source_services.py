"""`GET /api/services?source=...`: the services of a source in one answer, as dashboards for that source expect it."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from monitor_app.api.status import StatusObject
from monitor_app.domain.service import ServiceDefinition
from monitor_app.domain.status import Status
from monitor_app.engine.board import BoardRow
from monitor_app.engine.status_object import stamp, status_object
from monitor_app.use_cases.sources import SourceView

# In the words that Consul has.
WORDS: Final = {Status.OK: "passing", Status.DEGRADED: "warning", Status.FAILED: "critical"}
NO_CONNECTION: Final = "there is no connection to Consul that is switched on"


class SourceService(StatusObject):
    """A service of a source with its status."""

    id: str = Field(description="The same as service_id.", examples=["shop-1"])
    name: str = Field(description="What the source calls the service; instances may share it.", examples=["shop"])
    url: str = Field(description="Where people open it; may be empty.", examples=["http://10.0.0.5:8080/"])
    tags: list[str] = Field(description="Those of the source, all of them.", examples=[["public"]])
    current_status: Literal["passing", "warning", "critical", "maintenance", "gone", "paused", "unknown"] = Field(
        description="In the source's words; unknown: nothing is known at present.", examples=["passing"]
    )
    label: str = Field(examples=["shop (shop-1)"])
    node: str = Field(examples=["rack-1"])
    datacentre: str = Field(examples=["dc1"])
    address: str = Field(examples=["10.0.0.5"])
    port: int = Field(examples=[8080])
    meta: dict[str, str] = Field(examples=[{"team": "web"}])
    source_slug: str = Field(description="The connection that tells of it.", examples=["main"])
    gone_at: str | None = Field(description="Since when the source does not know it any more.", examples=[None])


class SourceServices(BaseModel):
    """All services of a source. They are told as they were known last while the source is away."""

    status: Literal["success", "error"] = Field(examples=["success"])
    error: str | None = Field(None, description="Only with status error.", examples=["connection refused"])
    services: list[SourceService]
    consul_available: bool = Field(description="Whether any connection answers.", examples=[True])


def shown_services(rows: Iterable[BoardRow], views: Sequence[SourceView]) -> dict[str, Any]:
    """The answer; `rows` are those of the source."""
    live = [view for view in views if view.source.enabled]
    wrong = [f"{view.source.label}: {view.state.error}" for view in live if view.state is not None and view.state.error]
    error = "; ".join(wrong) if live else NO_CONNECTION
    slugs = {view.source.pk: view.source.slug for view in views}
    found: dict[str, Any] = {"status": "error" if error else "success"}
    if error:
        found["error"] = error
    found["services"] = [_shown(row, slugs) for row in rows]
    found["consul_available"] = any(view.shown_state in ("ok", "doubted") for view in live)
    return found


def _shown(row: BoardRow, slugs: dict[int, str]) -> dict[str, Any]:
    definition = row.definition
    told = definition.source_facts or {}
    return status_object(row) | {
        "id": definition.service_id,
        "name": told.get("service", ""),
        "url": told.get("url", ""),
        "tags": list(told.get("tags", ())),
        "current_status": current_status(row),
        "label": definition.label,
        "node": told.get("node", ""),
        "datacentre": told.get("datacentre", ""),
        "address": told.get("address", ""),
        "port": told.get("port", 0),
        "meta": dict(told.get("meta", {})),
        "source_slug": slugs.get(definition.source_pk or 0, ""),
        "gone_at": stamp(definition.gone_at),
    }


def current_status(row: BoardRow) -> str:
    """The status in the words of the source."""
    definition: ServiceDefinition = row.definition
    if definition.gone_at is not None:
        return "gone"
    if row.maintenance is not None:
        return "maintenance"
    if not definition.enabled:
        return "paused"
    return WORDS.get(row.status, "unknown")
