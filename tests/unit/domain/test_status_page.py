"""What a status page may be called, and what is a picture."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor_app.domain.given import given_lines
from monitor_app.domain.status_page import (
    PageEntry,
    StatusPage,
    given_access,
    given_brand,
    given_host_name,
    given_slug,
    picture_type,
)
from monitor_app.errors import InvalidInput

NOW = datetime(2026, 5, 17, 12, tzinfo=UTC)


def test_good_values_in_their_normal_form() -> None:
    assert given_slug(" shop-2 ") == "shop-2"
    assert given_brand("#3E63DD") == "#3e63dd"
    assert given_brand("") == ""
    assert given_host_name("Status.Example.org.") == "status.example.org"
    assert given_host_name("") is None
    assert given_access("login") == "login"
    assert given_lines("text", " a  \r\nb\n\nc ", 20) == "a\nb\n\nc"
    assert given_lines("text", "", 20, is_required=False) == ""


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (given_slug, "-shop"),
        (given_slug, "Shop"),
        (given_slug, 7),
        (given_brand, "red"),
        (given_brand, "#12345"),
        (given_brand, "url(x)"),
        (given_host_name, "localhost"),
        (given_host_name, "192.0.2.7"),
        (given_host_name, "a_b.example"),
        (given_host_name, "x:80.example.org"),
        (given_access, "everybody"),
        (given_access, None),
        (lambda value: given_lines("text", value, 5), "too long"),
        (lambda value: given_lines("text", value, 5), " "),
        (lambda value: given_lines("text", value, 5), "a\x00b"),
        (lambda value: given_lines("text", value, 5), None),
    ],
    ids=range(16),
)
def test_wrong_values_are_refused(check: Callable[[Any], Any], value: Any) -> None:
    with pytest.raises(InvalidInput):
        check(value)


def test_document_holds_no_password() -> None:
    entry = PageEntry(1, "web", "Web", section="All")
    page = StatusPage(
        1, "shop", "Shop", "", "", None, "password", True, 3, NOW, NOW, password_hash="k4nary", entries=(entry,)
    )
    assert page.document["has_password"] is True
    assert "k4nary" not in str(page.document) + repr(page)
    assert page.document["entries"][0]["public_name"] == "Web"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n123", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF1234WEBPVP8 ", "image/webp"),
        (b"<svg>", ""),
        (b"", ""),
    ],
    ids=["png", "jpeg", "gif", "webp", "svg", "nothing"],
)
def test_pictures_are_told_by_how_they_begin(data: bytes, kind: str) -> None:
    assert picture_type(data) == kind
