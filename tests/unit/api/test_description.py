"""What the API says about itself."""

import re
from typing import Any

import pytest
from starlette.applications import Starlette

from monitor_app.api.app import create_api
from monitor_app.api.docs_page import example
from tests.asgi import ask
from tests.unit.api.people import with_cookie

pytestmark = pytest.mark.usefixtures("runtime")


@pytest.fixture(scope="module")
def api() -> Starlette:
    """One for the file: it describes itself once, which takes a second."""
    return create_api()


async def test_description_names_every_path(api: Starlette) -> None:
    found = (await ask(api, "GET", "/api/openapi.json", with_cookie("viewer"))).json()
    assert {"/auth/login", "/auth/me", "/audit.csv"} <= set(found["paths"])
    assert found["servers"] == [{"url": "/api"}]


async def test_problems_are_told_once_and_pointed_at(api: Starlette) -> None:
    found = (await ask(api, "GET", "/api/openapi.json", with_cookie("viewer"))).json()
    refused = found["paths"]["/admin/services"]["post"]["responses"]["409"]
    assert refused == {"$ref": "#/components/responses/Problem409"}
    told = found["components"]["responses"]["Problem409"]["content"]["application/problem+json"]["schema"]
    assert told == {"$ref": "#/components/schemas/Problem"}
    assert "detail" in found["components"]["schemas"]["Problem"]["properties"]


async def test_page_tells_the_same_and_runs_nothing(api: Starlette) -> None:
    answer = await ask(api, "GET", "/api/docs", with_cookie("viewer"))
    assert "POST /api/auth/login" in answer.text
    assert "<code>since</code>" in answer.text
    assert "who has the permission <code>service:write</code>" in answer.text
    assert "&quot;service_id&quot;: &quot;shop&quot;" in answer.text
    assert "<script" not in answer.text
    assert " src=" not in answer.text
    assert set(re.findall(r' href="([^#"]*)"', answer.text)) == {"/api/docs.css", "openapi.json", "/"}


async def test_page_is_well_formed_and_its_style_is_there(api: Starlette) -> None:
    text = (await ask(api, "GET", "/api/docs", with_cookie("viewer"))).text
    for tag in ("section", "details", "table", "pre", "p", "nav", "main"):
        assert text.count(f"<{tag}>") + text.count(f"<{tag} ") == text.count(f"</{tag}>"), tag
    style = await ask(api, "GET", "/api/docs.css")
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")


def test_examples_are_made_of_those_of_the_parts() -> None:
    components = {
        "schemas": {"Inner": {"type": "object", "properties": {"a": {"examples": [7]}, "b": {"default": True}}}}
    }
    schema = {
        "type": "object",
        "properties": {
            "inner": {"$ref": "#/components/schemas/Inner"},
            "list": {"type": "array", "items": {"enum": ["x", "y"]}},
            "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "text": {"type": "string"},
            "yes": {"type": "boolean"},
            "free": {"type": "object"},
            "any": {},
        },
    }
    assert example(schema, components) == {
        "inner": {"a": 7, "b": True},
        "list": ["x"],
        "maybe": 0,
        "text": "",
        "yes": False,
        "free": {},
        "any": None,
    }
    endless: dict[str, Any] = {"schemas": {"Node": {"type": "object"}}}
    endless["schemas"]["Node"]["properties"] = {"next": {"$ref": "#/components/schemas/Node"}}
    assert "next" in example({"$ref": "#/components/schemas/Node"}, endless)


@pytest.mark.parametrize("path", ["openapi.json", "docs"])
async def test_nobody_is_told_nothing(api: Starlette, path: str) -> None:
    assert (await ask(api, "GET", f"/api/{path}")).status_code == 401
