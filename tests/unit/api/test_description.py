"""What the API says about itself."""

import pytest

from monitor_app.api.app import create_api
from tests.asgi import ask
from tests.unit.api.people import with_cookie

pytestmark = pytest.mark.usefixtures("runtime")


async def test_description_names_every_path() -> None:
    found = (await ask(create_api(), "GET", "/api/openapi.json", with_cookie("viewer"))).json()
    assert {"/auth/login", "/auth/me", "/audit.csv"} <= set(found["paths"])
    assert found["servers"] == [{"url": "/api"}]


async def test_page_tells_the_same_and_runs_nothing() -> None:
    answer = await ask(create_api(), "GET", "/api/docs", with_cookie("viewer"))
    assert "POST /api/auth/login" in answer.text
    assert "<code>since</code>" in answer.text
    assert "<script" not in answer.text
    assert "//" not in answer.text.replace("https://", "")


@pytest.mark.parametrize("path", ["openapi.json", "docs"])
async def test_nobody_is_told_nothing(path: str) -> None:
    assert (await ask(create_api(), "GET", f"/api/{path}")).status_code == 401
