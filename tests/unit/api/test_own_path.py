"""Where the log-in leads to."""

import pytest

from monitor_app.api.own_path import own_path


@pytest.mark.parametrize(
    "text", ["/", "/help", "/services/db-1?tab=past#bars", "/?q=a%20b&status=failed", "/admin/users"]
)
def test_own_path_is_taken(text: str) -> None:
    assert own_path(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "help",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\/evil.example",
        "/help\\..\\evil",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\u2028/evil.example",
        "\x00/help",
        " /help",
        "/ /evil.example",
        "/．．//evil.example",
        "/../../evil",
        "/x/..",
        "/login",
        "/login?next=/login",
        "/api/auth/me",
        "/_event/",
        f"/{'x' * 3000}",
    ],
)
def test_everything_else_leads_home(text: str) -> None:
    assert own_path(text) == "/"
    assert own_path(text, "/help") == "/help"
