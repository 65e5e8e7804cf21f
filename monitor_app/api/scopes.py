"""Which services something is about, as requests and answers have it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from monitor_app.domain.alerting.scope import SERVICES_LIMIT, VALUES_LIMIT
from monitor_app.domain.service import ENVIRONMENT_LIMIT, GROUP_LIMIT, TAG_LIMIT


class ScopeBody(BaseModel):
    """Which services: what all of these lists let through; empty ones let every service through."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    services: list[Annotated[str, Field(max_length=63)]] = Field(
        default_factory=list, max_length=SERVICES_LIMIT, examples=[[]]
    )
    groups: list[Annotated[str, Field(max_length=GROUP_LIMIT)]] = Field(
        default_factory=list, max_length=VALUES_LIMIT, description="With the groups in them.", examples=[[]]
    )
    tags: list[Annotated[str, Field(max_length=TAG_LIMIT)]] = Field(
        default_factory=list, max_length=VALUES_LIMIT, examples=[[]]
    )
    types: list[Annotated[str, Field(max_length=40)]] = Field(
        default_factory=list, max_length=VALUES_LIMIT, examples=[[]]
    )
    environments: list[Annotated[str, Field(max_length=ENVIRONMENT_LIMIT)]] = Field(
        default_factory=list, max_length=VALUES_LIMIT, examples=[[]]
    )
    except_services: list[Annotated[str, Field(max_length=63)]] = Field(
        default_factory=list,
        max_length=SERVICES_LIMIT,
        description="These are left out in any case.",
        examples=[[]],
    )
