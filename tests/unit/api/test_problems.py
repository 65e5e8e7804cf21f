"""What is told when something is wrong, and what is not."""

from collections.abc import Iterator
from typing import Annotated, Literal

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from monitor_app.api.access import public, requires
from monitor_app.api.app import create_fastapi
from monitor_app.errors import (
    Busy,
    Conflict,
    DatabaseUnavailable,
    InvalidInput,
    LightbulbError,
    NotFound,
    PermissionDenied,
    SecretUnreadable,
    TooMany,
)
from monitor_app.security.permissions import USER_MANAGE, Identity
from monitor_app.settings import load_settings
from monitor_app.use_cases.sign_in import CodeNeeded, SlowDown, WrongCredentials
from tests.asgi import ask
from tests.unit.api.people import running, with_cookie, with_key

Anybody = Annotated[Identity, public()]


class Thing(BaseModel):
    name: str
    size: int


class Limits(BaseModel):
    """All that a body can say of its fields."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    least: int = Field(1, ge=1)
    most: float = Field(1, le=9.5)
    above: int = Field(1, gt=0)
    below: int = Field(1, lt=10)
    word: str = Field("x", min_length=1, max_length=3)
    form: str = Field("x", pattern="^[a-z]+$")
    some: list[int] = Field([1], min_length=1, max_length=2)
    which: Literal["info", "warning"] = "info"
    switch: bool = Field(True, strict=True)


@pytest.fixture
def raised() -> Iterator[list[Exception]]:
    with running():
        yield []


@pytest.fixture
def app(raised: list[Exception]) -> FastAPI:
    made = create_fastapi(load_settings())

    @made.get("/raise")
    async def fail(identity: Anybody) -> None:
        raise raised[0]

    @made.post("/things/{pk}")
    async def thing(pk: int, body: Thing, identity: Anybody) -> None: ...

    @made.post("/limits")
    async def limits(body: Limits, identity: Anybody) -> None: ...

    @made.get("/others/{pk}")
    async def others(pk: int, identity: Annotated[Identity, requires(USER_MANAGE)]) -> None: ...

    return made


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("least", 0, "must be at least 1, got 0"),
        ("least", "soon", "must be a whole number"),
        ("least", 1.5, "must be a whole number, got 1.5"),
        ("least", None, "must be a whole number"),
        ("most", 9.75, "must be at most 9.5, got 9.75"),
        ("most", "much", "must be a number"),
        ("above", 0, "must be more than 0, got 0"),
        ("below", 10, "must be less than 10, got 10"),
        ("word", "", "is required"),
        ("word", "abcd", "must have at most 3 characters"),
        ("word", 7, "must be text, got 7"),
        ("form", "A", "must look like ^[a-z]+$"),
        ("some", [], "must have at least 1 in it"),
        ("some", [1, 2, 3], "must have at most 2 in it"),
        ("some", {}, "must be a list"),
        ("which", "bad", "must be one of 'info' or 'warning'"),
        ("switch", "yes", "must be true or false"),
        ("colour", "blue", "is not known here"),
    ],
)
async def test_what_a_body_may_not_hold_is_told_with_what_is_allowed(
    app: FastAPI, name: str, given: object, said: str
) -> None:
    """Words are not repeated: they may be a password."""
    answer = await ask(app, "POST", "/limits", json={name: given})
    assert (answer.status_code, answer.json()["errors"]) == (422, {name: said})


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (InvalidInput({"name": "must be a name"}), 422, "must be a name"),
        (Conflict({"name": "is taken"}), 409, "is taken"),
        (NotFound("no such service"), 404, "no such service"),
        (WrongCredentials("Username or password is not right."), 401, "not right"),
        (SlowDown(7.2), 429, "Too many"),
        (TooMany("three at most"), 429, "three at most"),
        (Busy("full of secrets"), 503, "Try again"),
        (DatabaseUnavailable("secret: the file is locked"), 503, "Try again"),
        (SecretUnreadable("secret"), 500, "in the log"),
        (LightbulbError("secret"), 500, "in the log"),
        (ValueError("secret"), 500, "in the log"),
    ],
)
async def test_errors_are_problems(
    app: FastAPI, raised: list[Exception], error: Exception, status: int, said: str
) -> None:
    raised.append(error)
    answer = await ask(app, "GET", "/raise", with_cookie("viewer"))
    told = answer.json()
    assert (answer.status_code, told["status"]) == (status, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in told["detail"]
    assert "secret" not in answer.text
    assert told["title"]


async def test_fields_are_named(app: FastAPI, raised: list[Exception]) -> None:
    raised.append(InvalidInput({"name": "must be a name", "size": "must be 1-9"}))
    answer = await ask(app, "GET", "/raise")
    assert answer.json()["errors"] == {"name": "must be a name", "size": "must be 1-9"}


async def test_conflict_tells_programs_what_is_in_the_way(app: FastAPI, raised: list[Exception]) -> None:
    raised.append(Conflict({"name": "is taken"}, {"relation_id": 7}))
    told = (await ask(app, "GET", "/raise")).json()
    assert (told["errors"], told["relation_id"]) == ({"name": "is taken"}, 7)


async def test_code_is_asked_for(app: FastAPI, raised: list[Exception]) -> None:
    raised.append(CodeNeeded(""))
    answer = await ask(app, "GET", "/raise")
    assert (answer.status_code, answer.json()["needs"]) == (401, "code")


@pytest.mark.parametrize(
    ("error", "seconds"), [(SlowDown(7.2), "8"), (SlowDown(0.1), "1"), (Busy(""), "2"), (TooMany(""), "2")]
)
async def test_who_shall_come_again_is_told_when(
    app: FastAPI, raised: list[Exception], error: Exception, seconds: str
) -> None:
    raised.append(error)
    assert (await ask(app, "GET", "/raise")).headers["retry-after"] == seconds


async def test_wrong_input_is_named_and_not_repeated(app: FastAPI) -> None:
    answer = await ask(app, "POST", "/things/x", json={"size": "my-password"})
    assert answer.status_code == 422
    errors = answer.json()["errors"]
    assert errors["name"] == "is required"
    assert set(errors) == {"name", "size", "pk"}
    assert "my-password" not in answer.text


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/things/1", 405)])
async def test_what_is_not_there_is_a_problem_too(app: FastAPI, method: str, path: str, status: int) -> None:
    answer: httpx.Response = await ask(app, method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert status != 405 or answer.headers["allow"] == "POST"


async def test_all_methods_of_an_address_are_told(app: FastAPI) -> None:
    for path, methods in (
        ("/websites/x", "DELETE, GET, HEAD, PATCH"),
        ("/admin/services/x", "DELETE, GET, HEAD, PATCH, PUT"),
        ("/admin/services/bulk", "DELETE, GET, HEAD, PATCH, POST, PUT"),
        ("/status", "GET, HEAD"),
    ):
        answer = await ask(app, "TRACE", path)
        assert (path, answer.status_code, answer.headers["allow"]) == (path, 405, methods)


async def test_nobody_is_asked_who_it_is_and_others_are_told_what_they_lack(app: FastAPI) -> None:
    nobody = await ask(app, "GET", "/others/7")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
    editor = await ask(app, "GET", "/others/7", with_key("editor"))
    assert editor.status_code == 403
    assert "user:manage" in editor.json()["detail"]
    assert (await ask(app, "GET", "/others/7", with_cookie("admin"))).status_code == 200


async def test_denials_are_noted_by_route(app: FastAPI) -> None:
    with running() as runtime:
        await ask(app, "GET", "/others/7", with_cookie("viewer"))
        await ask(app, "GET", "/others/8")
        assert runtime.denials.noted == [("a viewer", "GET /others/{pk}"), ("anonymous", "GET /others/{pk}")]


async def test_denial_of_a_use_case_is_one_too(app: FastAPI, raised: list[Exception]) -> None:
    raised.append(PermissionDenied("not yours"))
    assert (await ask(app, "GET", "/raise", with_cookie("admin"))).json()["detail"] == "not yours"


async def test_many_wrong_names_do_not_make_a_large_answer(app: FastAPI) -> None:
    body = {"username": "ada", "password": "x", **{f"name{number}": 0 for number in range(5_000)}}
    answer = await ask(app, "POST", "/auth/login", {"Host": "localhost:3000"}, json=body)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 20
    assert answer.json()["detail"].endswith("; and 4980 more")
    assert len(answer.content) < 5_000
