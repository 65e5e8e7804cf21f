"""Errors as RFC 9457 problem JSON: what went wrong, where in the input, and what to do. Never how it looks inside."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import compile_path

from monitor_app.api.access import declared
from monitor_app.errors import (
    Busy,
    Conflict,
    DatabaseUnavailable,
    InvalidInput,
    LightbulbError,
    NotFound,
    PermissionDenied,
    PreconditionFailed,
    Stale,
    TooMany,
)
from monitor_app.log import correlation_id, get_logger
from monitor_app.redact import harmless
from monitor_app.security.permissions import Identity
from monitor_app.state import runtime
from monitor_app.use_cases.sign_in import CodeNeeded, SlowDown, WrongCredentials

log = get_logger(__name__)
PROBLEM_TYPE = "application/problem+json"
RETRY_SECONDS = 2
HISTORY_PATH = "/services/{service_id}/history"
# Of what is wrong with an input so many are told: anybody can send tens of thousands of unknown names.
ERRORS_LIMIT = 20
# The first that fits counts.
STATUSES: Sequence[tuple[type[Exception], int]] = (
    (Stale, 412),
    (PreconditionFailed, 412),
    (Conflict, 409),
    (InvalidInput, 422),
    (NotFound, 404),
    (PermissionDenied, 403),
    (WrongCredentials, 401),
    (CodeNeeded, 401),
    (SlowDown, 429),
    (TooMany, 429),
    (Busy, 503),
    (DatabaseUnavailable, 503),
)
UNAUTHORIZED = 401
METHOD_NOT_ALLOWED = 405
INTERNAL = 500
WHAT_TO_DO = {
    UNAUTHORIZED: "Log in, or send an API key: Authorization: Bearer lb_...",
    404: "There is nothing at this address.",
    METHOD_NOT_ALLOWED: "This address does not take this method; Allow names those it takes.",
    INTERNAL: "Something went wrong here, and it is in the log. Try again.",
    503: "This cannot be done just now. Try again in a moment.",
}


# What is allowed where a body is not, by pydantic's names for it.
_ALLOWED: Sequence[tuple[tuple[str, ...], str]] = (
    (("greater_than_equal",), "must be at least {ge}"),
    (("less_than_equal",), "must be at most {le}"),
    (("greater_than",), "must be more than {gt}"),
    (("less_than",), "must be less than {lt}"),
    (("int_parsing", "int_type", "int_from_float"), "must be a whole number"),
    (("float_parsing", "float_type"), "must be a number"),
    (("finite_number",), "must be a finite number"),
    (("bool_parsing", "bool_type"), "must be true or false"),
    (("string_type",), "must be text"),
    (("string_too_short",), "must have at least {min_length} characters"),
    (("string_too_long",), "must have at most {max_length} characters"),
    (("string_pattern_mismatch",), "must look like {pattern}"),
    (("list_type",), "must be a list"),
    (("too_short",), "must have at least {min_length} in it"),
    (("too_long",), "must have at most {max_length} in it"),
    (("dict_type", "model_type", "model_attributes_type"), "must be an object"),
    (("literal_error", "enum"), "must be one of {expected}"),
)


class ProblemResponse(JSONResponse):
    """Problem JSON."""

    media_type = PROBLEM_TYPE


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **members: Any) -> ProblemResponse:
    """An answer that tells a problem; `members` stand beside those of the RFC.

    `correlation_id` is that of the request: the log's lines about it carry the same.
    """
    title = HTTPStatus(status).phrase
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **members}
    if current := correlation_id.get():
        content["correlation_id"] = current
    return ProblemResponse(content, status, dict(headers or {}))


def add_problems(app: FastAPI) -> None:
    """Have every error of an app answered as a problem."""
    app.add_exception_handler(LightbulbError, _with_history(of_ours))
    app.add_exception_handler(RequestValidationError, _with_history(_of_validation))
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _with_history(_of_bug))


def _with_history(
    handler: Callable[[Request, Exception], Awaitable[ProblemResponse]],
) -> Callable[[Request, Exception], Awaitable[ProblemResponse]]:
    """Errors of a service's history are histories as well, empty ones that say why: dashboards draw what they get."""

    async def answered(request: Request, err: Exception) -> ProblemResponse:
        found = await handler(request, err)
        if not str(getattr(request.scope.get("route"), "path", "")).endswith(HISTORY_PATH):
            return found
        document = json.loads(bytes(found.body))
        service_id = str(request.path_params.get("service_id", ""))
        beside = {"error": document["detail"], "service_id": harmless(service_id, 100), "data": []}
        kept = {name: text for name, text in found.headers.items() if not name.startswith("content-")}
        return ProblemResponse(document | beside, found.status_code, kept)

    return answered


def unauthorized() -> ProblemResponse:
    """For nobody, where somebody is needed."""
    return problem(UNAUTHORIZED, WHAT_TO_DO[UNAUTHORIZED], {"WWW-Authenticate": "Bearer"})


async def of_ours(request: Request, err: Exception) -> ProblemResponse:
    """What is answered to an error of our own."""
    status = next((number for kind, number in STATUSES if isinstance(err, kind)), INTERNAL)
    if isinstance(err, PermissionDenied):
        return _denied(request, err)
    if isinstance(err, Conflict):
        return problem(status, str(err), **err.details, errors=err.fields)
    if isinstance(err, InvalidInput):
        return problem(status, str(err), errors=err.fields)
    if isinstance(err, CodeNeeded):
        return problem(status, str(err) or "The code of the second factor is needed.", needs="code")
    if isinstance(err, SlowDown):
        return problem(status, str(err), {"Retry-After": str(max(1, round(err.retry_after + 0.5)))})
    if isinstance(err, TooMany):
        return problem(status, str(err), {"Retry-After": str(RETRY_SECONDS)})
    if status >= INTERNAL:  # a database's own words are for the log
        log.error("a request could not be answered", error=type(err).__name__, reason=str(err))
        return problem(status, WHAT_TO_DO[status], {"Retry-After": str(RETRY_SECONDS)} if status > INTERNAL else None)
    return problem(status, str(err))


def _denied(request: Request, err: Exception) -> ProblemResponse:
    identity: Identity = request.state.identity
    route = request.scope.get("route")
    path = f"{request.scope.get('root_path', '')}{getattr(route, 'path', '')}"
    if (denials := runtime.current().denials) is not None:
        denials.note(identity, f"{request.method} {path}")
    return unauthorized() if identity.via == "nothing" else problem(403, str(err))


async def _of_validation(_request: Request, err: Exception) -> ProblemResponse:
    """What was sent is not repeated: it may hold a password."""
    assert isinstance(err, RequestValidationError)
    errors: dict[str, str] = {}
    found = err.errors()
    for wrong in found[:ERRORS_LIMIT]:
        name = ".".join(str(part) for part in wrong["loc"][1:]) or str(wrong["loc"][0])
        errors[harmless(name, 100)] = _words(wrong)
    detail = "; ".join(f"{name}: {text}" for name, text in errors.items())
    more = len(found) - ERRORS_LIMIT
    return problem(422, f"{detail}; and {more} more" if more > 0 else detail, errors=errors)


def _words(wrong: Mapping[str, Any]) -> str:
    match wrong["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return "is not known here"
        case "value_error":  # our own words
            return str(wrong["msg"]).removeprefix("Value error, ")
    ctx = wrong.get("ctx", {})
    if (
        wrong["type"] in ("string_too_short", "too_short")
        and ctx["min_length"] == 1
        and isinstance(wrong["input"], str)
    ):
        return "is required"
    allowed = next((words for types, words in _ALLOWED if wrong["type"] in types), "")
    return f"{allowed.format(**ctx)}{_got(wrong.get('input'))}" if allowed else str(wrong["msg"])


def _got(value: Any) -> str:
    """A number is no secret, and tells what was wrong."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return f", got {value}" if is_number else ""


async def _of_http(request: Request, err: Exception) -> ProblemResponse:
    assert isinstance(err, HTTPException)
    detail = WHAT_TO_DO.get(err.status_code, str(err.detail))
    headers = err.headers if err.status_code != METHOD_NOT_ALLOWED else {"Allow": ", ".join(_methods(request))}
    return problem(err.status_code, detail, headers)


def _methods(request: Request) -> list[str]:
    """What the address takes: each method has a route of its own, and Starlette tells those of the first one only."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    routes = declared(request.app)
    return sorted({method for route in routes if _pattern(route.path).match(path) for method in route.methods})


@lru_cache(maxsize=1000)
def _pattern(path: str) -> re.Pattern[str]:
    return compile_path(path)[0]


async def _of_bug(_request: Request, _err: Exception) -> ProblemResponse:
    """The doorman logs it."""
    return problem(INTERNAL, WHAT_TO_DO[INTERNAL])
