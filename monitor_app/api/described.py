"""What every route may answer beside its own content, for the description of the API: problems as RFC 9457 has them."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from monitor_app.api.problems import PROBLEM_TYPE


class Problem(BaseModel):
    """Why a request was refused, and what to do."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Always about:blank: the status says what sort it is.", examples=["about:blank"])
    title: str = Field(description="The status in words.", examples=["Not Found"])
    status: int = Field(description="The status code.", examples=[404])
    detail: str = Field(description="What went wrong, and what to do.", examples=["there is no service shop"])
    errors: dict[str, str] = Field(
        default_factory=dict, description="Each wrong field with its message.", examples=[{}]
    )


_WORDS: Final[Mapping[int, str]] = {
    400: "What was sent is no JSON, or the connection ended too early.",
    401: "Nobody is logged in, and no good key was sent.",
    403: "This one may not do that, or the request comes from another site.",
    404: "There is no such thing.",
    405: "This address does not take this method.",
    408: "The body took too long to arrive.",
    409: "It contradicts what is there.",
    412: "It was changed since it was read (If-Match).",
    413: "The body is too large.",
    415: "The body must be application/json.",
    421: "The Host header names another installation.",
    422: "Something in the request is wrong: `errors` tells it field by field.",
    429: "Too many requests. `Retry-After` says when to come again.",
    503: "Not just now: the database or a queue is busy. `Retry-After` says when to come again.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a router or a route, for these status codes."""
    return {
        status: {
            "description": _WORDS[status],
            "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }


# For `APIRouter(responses=PROBLEMS)`: what may happen to any request.
PROBLEMS: Final = problems(*_WORDS)
NOT_MODIFIED: Final[dict[int | str, dict[str, Any]]] = {304: {"description": "The client has this already (ETag)."}}


def header(name: str, text: str, example: str) -> dict[str, Any]:
    """`openapi_extra=` of a route that looks at a header."""
    schema = {"type": "string", "examples": [example]}
    return {"parameters": [{"name": name, "in": "header", "required": False, "description": text, "schema": schema}]}


IF_MATCH: Final = header("If-Match", "The ETag of the object as it was read: 412 when it has changed.", '"r12"')
IDEMPOTENCY_KEY: Final = header(
    "Idempotency-Key", "Of your own: the same request with the same key is carried out once.", "6f1c"
)


class DescribedAPI(FastAPI):
    """Its description tells each problem once, not with every route."""

    def openapi(self) -> dict[str, Any]:
        """After OpenAPI 3.1; made once."""
        if self.openapi_schema is None:
            components = super().openapi().setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
            components["responses"] = {f"Problem{status}": answer for status, answer in PROBLEMS.items()}
            for methods in super().openapi()["paths"].values():
                for operation in methods.values():
                    operation["responses"] = _shortened(operation.get("responses", {}))
        return super().openapi()


def _shortened(responses: Mapping[str, Any]) -> dict[str, Any]:
    """What is told of all routes alike is only pointed at."""
    return {
        status: {"$ref": f"#/components/responses/Problem{status}"} if answer == _told(status) else answer
        for status, answer in responses.items()
    }


def _told(status: str) -> Any:
    return PROBLEMS.get(int(status)) if status.isdecimal() else None
