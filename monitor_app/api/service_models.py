"""What the API takes and gives for services."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from monitor_app.api.listing import PageOf
from monitor_app.api.spans import Moment
from monitor_app.api.status import HoldOfService
from monitor_app.domain.hold import REASON_LIMIT
from monitor_app.domain.service import (
    ENVIRONMENT_LIMIT,
    GROUP_LIMIT,
    INTERVAL_MAX_SECONDS,
    INTERVAL_MIN_SECONDS,
    LABEL_LIMIT,
    TAG_LIMIT,
    TAGS_LIMIT,
)
from monitor_app.use_cases.service_bulk import BulkAction
from monitor_app.use_cases.service_input import KIND_LIMIT, SERVICE_TYPE_LIMIT
from monitor_app.use_cases.services import MANY_LIMIT

SERVICE_ID_LIMIT = 63
_Tag = Annotated[str, Field(max_length=TAG_LIMIT)]
_Id = Annotated[str, Field(max_length=SERVICE_ID_LIMIT)]
_UNTIL = "2026-05-17T14:00:00Z"
_WHEN = "2026-05-17T12:00:00.000Z"
_CONFIG: dict[str, Any] = {"url": "https://shop.example.org/", "deadline_seconds": 5}
_THRESHOLDS: dict[str, Any] = {
    "thresholds": [{"metric": "response_ms", "comparison": ">", "value": 500.0, "results": 3}]
}


def _only_text(value: object) -> object:
    if value is not None and not isinstance(value, str):
        raise ValueError("must be text such as 2026-05-17T14:00:00Z")
    return value


# When a pause or a maintenance ends.
EndOfHold = Annotated[Annotated[Moment, Field(strict=False)] | None, BeforeValidator(_only_text)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class ServiceBody(_Input):
    """A service. What is left out gets its default; secrets in `status_config` that were read as `***` stay."""

    label: str = Field(
        "", max_length=LABEL_LIMIT, description="What people read; empty: what is watched.", examples=["Shop"]
    )
    service_id: str = Field(
        "",
        max_length=SERVICE_ID_LIMIT,
        description="Lower-case letters, digits, hyphens; empty: made of the label, or as it was.",
        examples=["shop"],
    )
    service_type: str = Field(
        "", max_length=SERVICE_TYPE_LIMIT, description="What it is; empty: what the kind says.", examples=["website"]
    )
    kind: str = Field(
        "http", max_length=KIND_LIMIT, description="How it is checked: see GET /api/kinds.", examples=["http"]
    )
    group: str = Field("", max_length=GROUP_LIMIT, examples=["Sales"])
    environment: str = Field("", max_length=ENVIRONMENT_LIMIT, description="Where it runs.", examples=["production"])
    tags: list[_Tag] = Field(default_factory=list, max_length=TAGS_LIMIT, examples=[["public"]])
    status_config: dict[str, Any] = Field(
        default_factory=dict, description="The settings of the kind: see GET /api/kinds.", examples=[_CONFIG]
    )
    metric_config: dict[str, Any] = Field(
        default_factory=dict, description="Thresholds on what is measured.", examples=[_THRESHOLDS]
    )
    interval_seconds: int | None = Field(
        None,
        ge=INTERVAL_MIN_SECONDS,
        le=INTERVAL_MAX_SECONDS,
        description="null: what is right for most services of the kind.",
        examples=[60],
    )
    enabled: bool = Field(True, description="false: it is not checked.", examples=[True])


class ServicePatch(ServiceBody):
    """What is to be changed; the rest stays.

    Of `status_config` and `metric_config` each key that is given replaces the one there was, and null takes it away.
    Where `kind` changes, `status_config` begins anew.
    """


class RelationOfService(BaseModel):
    """A relation as one of its ends sees it: `service_id` and `label` are those of the other end."""

    relation_id: int = Field(examples=[7])
    service_id: str = Field(examples=["database"])
    label: str = Field(examples=["Database"])
    relation_type: str = Field(description="dependency, communication or data-flow.", examples=["dependency"])
    enabled: bool = Field(examples=[True])


class RelationsOfService(BaseModel):
    """Those that lead to the service, and those that lead away from it: what it depends on is outgoing."""

    incoming: list[RelationOfService] = Field(examples=[[]])
    outgoing: list[RelationOfService]


class ServiceOut(BaseModel):
    """A service as it is set up. Secrets are `***`."""

    service_id: str = Field(examples=["shop"])
    label: str = Field(examples=["Shop"])
    service_type: str = Field(examples=["website"])
    kind: str = Field(examples=["http"])
    group: str = Field(examples=["Sales"])
    environment: str = Field(examples=["production"])
    tags: list[str] = Field(examples=[["public"]])
    status_config: dict[str, Any] = Field(description="Only what differs from the defaults.", examples=[_CONFIG])
    metric_config: dict[str, Any] = Field(examples=[_THRESHOLDS])
    interval_seconds: int = Field(examples=[60])
    enabled: bool = Field(examples=[True])
    pause: HoldOfService | None = Field(description="Only while it is paused.", examples=[None])
    maintenance: HoldOfService | None = Field(description="Only while it lasts.", examples=[None])
    owner: str = Field(description="The username of who added it.", examples=["ada"])
    managed_by: str = Field(description="The file that it was made by, or empty.", examples=[""])
    drift: list[str] = Field(description="What is not as that file says.", examples=[[]])
    source: str = Field(description="The kind of source that tells of it, or empty.", examples=[""])
    read_only: list[str] = Field(
        description="Fields that only its source changes; of the tags those that it brought.", examples=[[]]
    )
    source_facts: dict[str, Any] = Field(description="What its source says of it.", examples=[{}])
    gone_at: str | None = Field(description="Since when its source does not know it any more.", examples=[None])
    created_at: str = Field(examples=[_WHEN])
    updated_at: str = Field(examples=[_WHEN])
    relations: RelationsOfService


class ServicePage(PageOf):
    """One page of services."""

    items: list[ServiceOut]


class RelationThatGoes(BaseModel):
    """A relation that nobody sees any more when one of its ends is deleted."""

    relation_id: int = Field(examples=[7])
    source_service_id: str = Field(examples=["shop"])
    target_service_id: str = Field(examples=["database"])
    relation_type: str = Field(examples=["dependency"])
    enabled: bool = Field(examples=[True])


class Deletion(BaseModel):
    """What else goes with a service."""

    model_config = ConfigDict(extra="forbid")

    cascade: bool = Field(False, description="Let its relations go, too.")
    purge: bool = Field(False, description="Let its history go now, for good, instead of after 30 days.")


class DeletedService(BaseModel):
    """What was deleted."""

    service_id: str = Field(examples=["shop"])
    is_purged: bool = Field(description="Whether its history goes at once, for good.", examples=[False])
    relations: list[RelationThatGoes] = Field(description="These went with it.", examples=[[]])


class BulkBody(_Input):
    """One change to many services: each action looks at the fields that it needs."""

    action: BulkAction = Field(examples=["tag"])
    service_ids: list[_Id] = Field(min_length=1, max_length=MANY_LIMIT, examples=[["shop", "blog"]])
    tags_add: list[_Tag] = Field(default_factory=list, max_length=TAGS_LIMIT, examples=[["public"]])
    tags_remove: list[_Tag] = Field(default_factory=list, max_length=TAGS_LIMIT, examples=[["draft"]])
    group: str = Field("", max_length=GROUP_LIMIT, description="For `group`; empty: none.", examples=["Sales"])
    environment: str = Field(
        "", max_length=ENVIRONMENT_LIMIT, description="For `environment`; empty: none.", examples=["production"]
    )
    interval_seconds: int = Field(0, ge=-(2**31), lt=2**31, description="For `interval`.", examples=[60])
    reason: str = Field(
        "", max_length=REASON_LIMIT, description="For `pause` and `maintenance`.", examples=["a new disk"]
    )
    until: EndOfHold = Field(
        None, description="For `maintenance`, and for `pause` where it shall end by itself.", examples=[_UNTIL]
    )
    cascade: bool = Field(False, description="For `delete`: relations go, too.", examples=[False])
    purge: bool = Field(False, description="For `delete`: the history goes at once.", examples=[False])


class RestoreBody(_Input):
    """Services whose deletion is taken back."""

    service_ids: list[_Id] = Field(min_length=1, max_length=MANY_LIMIT, examples=[["shop"]])
    keep_ids: bool = Field(False, description="Restore none of them when an id is taken by another service now.")


class RestoredServices(BaseModel):
    """Those that are there again, by the ids they have now; `renamed` has the new id of each whose own was taken."""

    service_ids: list[str] = Field(examples=[["shop-2"]])
    renamed: dict[str, str] = Field(examples=[{"shop": "shop-2"}])


class BulkError(BaseModel):
    """Why one of them is not as was wanted."""

    item_id: str = Field(examples=["blog"])
    error_message: str = Field(examples=["there is no service blog"])


class BulkAnswer(BaseModel):
    """How it went, one by one."""

    success_count: int = Field(examples=[1])
    failed_count: int = Field(examples=[1])
    errors: list[BulkError]


class CheckBody(_Input):
    """What is to be tried."""

    kind: str = Field("http", max_length=KIND_LIMIT, examples=["http"])
    status_config: dict[str, Any] = Field(default_factory=dict, examples=[_CONFIG])


class CheckFound(BaseModel):
    """What one run of a probe found."""

    status_code: int = Field(examples=[0])
    status: Literal["OK", "DEGRADED", "FAILED", "STARTING", "STOPPED", "UNKNOWN"] = Field(examples=["OK"])
    message: str = Field(examples=["200 OK"])
    response_time_ms: float | None = Field(description="The service's own time.", examples=[34.2])
    phases: dict[str, float] = Field(description="Milliseconds.", examples=[{"dns": 1.2, "connect": 8.1}])
    metrics: dict[str, float] = Field(examples=[{"status_code": 200}])
    details: dict[str, str] = Field(examples=[{}])
