"""The pages of help, as a browser gets them."""

from typing import Any

import pytest

from monitor_app.state.help import HelpState
from tests.integration.screen.conftest import Screen


async def test_list_has_all_pages_by_section(screen: Screen) -> None:
    screen.address = "/help"
    await screen.send(HelpState.load)
    contents: list[dict[str, Any]] = screen.shows(HelpState, "contents")
    assert contents[0]["title"] == "Begin"
    assert {"adding-services", "board"} <= {page["name"] for page in contents[0]["pages"]}
    assert screen.shows(HelpState, "shown") == {}


async def test_page_comes_with_its_parts_and_neighbours(screen: Screen) -> None:
    screen.address = "/help/board"
    await screen.send(HelpState.load)
    shown = screen.shows(HelpState, "shown")
    assert shown["title"] == "The board"
    assert '<h1 id="the-board">' in shown["html"]
    assert {"title": "The head", "anchor": "the-head"} in shown["parts"]
    assert shown["before"]["name"] == "adding-services"


@pytest.mark.parametrize("address", ["/help/nothing", "/help/../board", "/help/" + "x" * 500])
async def test_page_that_there_is_not(screen: Screen, address: str) -> None:
    screen.address = address
    await screen.send(HelpState.load)
    assert screen.shows(HelpState, "shown") == {}
    assert screen.shows(HelpState, "is_loaded") is True


async def test_search_finds_parts_of_pages(screen: Screen) -> None:
    await screen.send(HelpState.search, text="circuit breaker")
    found = screen.shows(HelpState, "found")
    assert found[0]["name"] == "breaker"
    assert screen.shows(HelpState, "asked") == "circuit breaker"


@pytest.mark.parametrize("text", [None, 7, ["board"], {"text": "board"}])
async def test_what_is_no_text_finds_nothing(screen: Screen, text: Any) -> None:
    await screen.send(HelpState.search, text=text)
    assert not screen.seen or screen.shows(HelpState, "found") == []
