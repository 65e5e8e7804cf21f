"""The API is called in all ways that its own description allows, by a key of each role: no bug, no undocumented answer.

The requests are made up by schemathesis from /api/openapi.json; DRILL=1 has it make up many more.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import FailureGroup, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.types import ASGIApp

from monitor_app.api.app import create_api
from monitor_app.api.doorman import Doorman
from monitor_app.security.permissions import ADMIN, EDITOR, NOT_FOR_KEYS, ROLES, SYSTEM, VIEWER
from monitor_app.settings import load_settings
from tests.integration.access.routes import ORIGIN
from tests.integration.access.stage import Stage
from tests.integration.access.test_routes import FromEverywhere

pytestmark = pytest.mark.usefixtures("sqlite_in_this_thread")
IS_LONG = os.environ.get("DRILL") == "1"
NOBODY = "nobody"
# Requests for each operation. Who may do little is mostly turned away before anything is read of a request.
EXAMPLES = {NOBODY: 1, VIEWER: 1, EDITOR: 2, ADMIN: 3}
MANY_EXAMPLES = 50
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
# Ends only when the client hangs up; tests of its own read it.
ENDLESS = "text/event-stream"
ANSWER_SECONDS = 60.0
# What schemathesis calls a body, and what httpx does.
BODIES = {"json": "json", "data": "content"}

Send = Callable[[dict[str, Any]], httpx.Response]


@pytest.fixture
def app() -> ASGIApp:
    quick = load_settings(rate_per_key=1_000_000, rate_per_session=1_000_000, rate_per_address=1_000_000)
    return FromEverywhere(Doorman(create_api(quick), quick))


@pytest.fixture
async def client(stage: Stage, app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, timeout=ANSWER_SECONDS) as client:
        yield client


async def key_of(stage: Stage, role: str) -> dict[str, str]:
    """The header of somebody of a role, whom none of the requests knows by name."""
    if role == NOBODY:
        return {}
    identity, _ = await stage.newcomer(role)
    given_to = [name for name in ROLES[role] if name not in NOT_FOR_KEYS]
    return {"Authorization": f"Bearer {await stage.running.profile.make_key(identity, role, given_to, 30, [])}"}


def is_endless(operation: Any) -> bool:
    """Whether one of its answers goes on for ever."""
    answers = operation.definition.raw.get("responses", {}).values()
    return any(ENDLESS in answer.get("content", {}) for answer in answers)


def call_in_all_ways(description: dict[str, Any], examples: int, send: Send) -> list[str]:
    """What is wrong, an operation a line; runs in a thread beside the event loop."""
    wrong: list[str] = []
    found: Any
    for found in schemathesis.openapi.from_dict(description).get_all_operations():
        operation = found.ok()
        if is_endless(operation):
            continue

        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=not IS_LONG,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case[Any]) -> None:
            request = case.as_transport_kwargs(base_url=f"{ORIGIN}/api")
            response = send(request)
            case.validate_response(response, checks=CHECKS)

        try:
            ask()
        except (Exception, FailureGroup) as err:  # noqa: BLE001 - whatever it is, all operations are told
            wrong.append(f"{operation.method.upper()} {operation.path}: {type(err).__name__}: {told(err)[:500]}")
    return wrong


def told(err: BaseException) -> str:
    """What failed, each once."""
    return "; ".join(sorted({str(one) for one in err.exceptions})) if isinstance(err, FailureGroup) else str(err)


@pytest.mark.drill
@pytest.mark.timeout(900)
@pytest.mark.parametrize("role", [NOBODY, VIEWER, EDITOR, ADMIN])
async def test_every_answer_is_described(stage: Stage, client: httpx.AsyncClient, role: str) -> None:
    await stage.add(SYSTEM, service_id="shop")
    headers = await key_of(stage, role)
    description = (await client.get("/api/openapi.json", headers=await key_of(stage, VIEWER))).json()
    loop = asyncio.get_running_loop()

    def send(request: dict[str, Any]) -> httpx.Response:
        given_headers = {name: value for name, value in dict(request.get("headers") or {}).items() if value is not None}
        own = {name: value for name, value in given_headers.items() if name.lower() not in ("authorization", "host")}
        body: dict[str, Any] = {name: request[key] for key, name in BODIES.items() if request.get(key) is not None}
        asked = client.request(
            request["method"],
            request["url"],
            params=request.get("params"),
            headers={**own, **headers},
            **body,
        )
        return asyncio.run_coroutine_threadsafe(asked, loop).result(ANSWER_SECONDS)

    examples = MANY_EXAMPLES if IS_LONG else EXAMPLES[role]
    assert "\n".join(await asyncio.to_thread(call_in_all_ways, description, examples, send)) == ""
    assert stage.tracebacks() == ""
