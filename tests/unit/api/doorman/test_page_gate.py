"""Who is given which page."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from reflex.utils.precompressed_staticfiles import PrecompressedStaticFiles
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from monitor_app.api.doorman import Doorman, PageGate
from monitor_app.api.doorman.page_gate import NOT_FOUND_PAGE, page_path
from monitor_app.security.permissions import BOARD_READ, NOBODY, USER_MANAGE, Identity
from monitor_app.settings import load_settings
from tests.asgi import ask
from tests.unit.api.people import OWN_HOST, People

ASSETS = Path(__file__).parents[4] / "assets"
NEEDS = {"index": BOARD_READ, "help": BOARD_READ, "users": USER_MANAGE, "login": None, "404": None}
Who = Callable[[str, str], Identity]


def app(who: Who | None = None) -> Doorman:
    async def built(scope, receive, send):  # type: ignore[no-untyped-def]
        await PlainTextResponse(f"built {Request(scope).url.path}")(scope, receive, send)

    def route_of(path: str) -> str | None:
        name = path.strip("/") or "index"
        return name if name in NEEDS else None

    return Doorman(built, load_settings(port=3000), PageGate(NEEDS, route_of, who or People().of_cookie))


def cookie(role: str) -> dict[str, str]:
    return {**OWN_HOST, "Cookie": f"lb_session={role}"}


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/", "/login"),
        ("/index.html", "/login"),
        ("/help", "/login?next=/help"),
        ("/help/", "/login?next=/help"),
        ("/help.html", "/login?next=/help"),
    ],
)
async def test_nobody_is_sent_to_the_log_in(path: str, location: str) -> None:
    answer = await ask(app(), "GET", path)
    assert (answer.status_code, answer.headers["location"]) == (303, location)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["//help", "///help/", "/./help", "/x/../help", "/help/index.html", "/../../help"])
def test_page_has_one_address_however_it_is_written(path: str) -> None:
    assert page_path(path) == "/help"


@pytest.mark.parametrize("role", ["", "viewer"])
async def test_no_name_of_its_file_leads_past_the_gate(tmp_path: Path, role: str) -> None:
    """As the build has them: each page twice, and each of these packed once more for browsers that take that."""
    (tmp_path / "users").mkdir()
    (tmp_path / "404.html").write_text("nothing here")
    names = [f"{name}{packed}" for name in ("users.html", "users/index.html") for packed in ("", ".gz", ".br", ".zst")]
    for name in names:
        (tmp_path / name).write_text("the page")
    files = PrecompressedStaticFiles(directory=tmp_path, html=True, encodings=("gzip", "brotli", "zstd"))
    gate = PageGate(NEEDS, lambda path: path.strip("/") if path.strip("/") in NEEDS else None, People().of_cookie)
    guarded = Doorman(files, load_settings(port=3000), gate)
    for name in ["users", *names]:
        for path in (
            name,
            f"{name}/",
            f"/{name}",
            f"./{name}",
            f"{name}/.",
            f"x/../{name}",
            f"{name}//",
            f"%2e/{name}",
        ):
            answer = await ask(guarded, "GET", f"/{path}", cookie(role))
            assert "the page" not in answer.text, path
            assert answer.status_code in (303, 404), path


async def test_the_wanted_page_is_remembered_with_its_filters() -> None:
    answer = await ask(app(), "GET", "/?q=a%26b&status=failed")
    assert answer.headers["location"] == "/login?next=/%3Fq%3Da%2526b%26status%3Dfailed"
    assert (await ask(app(), "GET", f"/help?q={'x' * 2000}")).headers["location"] == "/login"


async def test_page_is_given_to_who_may_see_it_and_kept_by_no_browser() -> None:
    answer = await ask(app(), "GET", "/help", cookie("viewer"))
    assert (answer.text, answer.headers["cache-control"]) == ("built /help", "no-store")


async def test_page_for_administrators_is_not_there_for_others() -> None:
    answer = await ask(app(), "GET", "/users", cookie("viewer"))
    assert answer.status_code == 404
    assert "no page at this address" in answer.text
    assert (await ask(app(), "GET", "/users", cookie("admin"))).text == "built /users"


@pytest.mark.parametrize("name", re.findall(r'rel="stylesheet" href="/([^"]+)"', NOT_FOUND_PAGE))
def test_page_that_is_not_there_takes_only_stylesheets_that_stand_alone(name: str) -> None:
    assert "@import" not in (ASSETS / name).read_text()


async def test_board_that_is_public_is_given_to_everybody_and_may_be_kept() -> None:
    reader = Identity(NOBODY.name, NOBODY.role, frozenset({BOARD_READ}))
    answer = await ask(app(lambda _cookie, _address: reader), "GET", "/")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize("path", ["/board.css", "/assets/x.js", "/nowhere", "/404", "/login"])
async def test_what_is_no_page_or_everybodys_is_given_to_all(path: str) -> None:
    assert (await ask(app(), "GET", path)).status_code == 200


@pytest.mark.parametrize(
    ("query", "location"),
    [("", "/"), ("?next=/help?q=1", "/help?q=1"), ("?next=//evil.example", "/"), ("?next=/login", "/")],
)
async def test_log_in_is_no_page_for_who_is_logged_in(query: str, location: str) -> None:
    answer = await ask(app(), "GET", f"/login{query}", cookie("viewer"))
    assert (answer.status_code, answer.headers["location"]) == (303, location)


async def test_address_of_the_sender_is_asked_with() -> None:
    asked: list[tuple[str, str]] = []

    def who(header: str, address: str) -> Identity:
        asked.append((header, address))
        return NOBODY

    await ask(app(who), "GET", "/", {**OWN_HOST, "Cookie": "a=b"}, peer="203.0.113.9")
    assert asked == [("a=b", "203.0.113.9")]


async def test_all_cookies_count_however_they_come() -> None:
    asked: list[str] = []

    def who(header: str, _address: str) -> Identity:
        asked.append(header)
        return NOBODY

    transport = httpx.ASGITransport(app=app(who))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:3000") as client:
        await client.get("/", headers=[("cookie", "a=b"), ("cookie", "c=d")])
    assert asked == ["a=b; c=d"]
