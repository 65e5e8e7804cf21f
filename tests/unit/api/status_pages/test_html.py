"""What stands on a status page: nothing that somebody wrote becomes markup, and it stays small."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from monitor_app.api.status_pages import badges, feeds
from monitor_app.api.status_pages.html import entry_form, message_page, render
from monitor_app.api.status_pages.style import policy_of, style_of
from monitor_app.api.status_pages.words import paragraphs
from monitor_app.domain.public_page import Day, PublicNotice, PublicPage, PublicService, PublicUpdate

NOW = datetime(2026, 5, 17, 12, tzinfo=UTC)
HOSTILE = "\"><script>alert(1)</script>&amp;'</style>"
GOOD, BAD = Day("ok", 1.0), Day("down", 0.99, 840)


class Tags(HTMLParser):
    """Which there are, and all that is text."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def service(number: int = 1, name: str = "Web", days: int = 90, bad: int = 3) -> PublicService:
    past = tuple(BAD if day in range(10, 10 + bad * 7, 7) else GOOD for day in range(days))
    return PublicService(f"web-{number}", name, f"About {name}", f"Section {name}", "ok", 0.9998, past)


def page(*services: PublicService, text: str = "Acme", notices: tuple[PublicNotice, ...] = ()) -> PublicPage:
    base = "/status/acme"
    return PublicPage(
        "acme", text, text, "", "https://x.example" + base, base, "", True, True, NOW, NOW.date(), services, notices
    )


def notice(text: str) -> PublicNotice:
    told = (PublicUpdate(NOW, "resolved", text),)
    return PublicNotice("n1", "incident", text, "minor", "resolved", "past", NOW, NOW, NOW, (text,), told)


def test_hostile_texts_stay_texts() -> None:
    hostile = page(service(name=HOSTILE), text=HOSTILE, notices=(notice(HOSTILE),))
    found = Tags(render(hostile, style_of("")))
    assert "script" not in found.tags
    assert found.tags.count("style") == 1
    assert found.text.count(HOSTILE) >= 6
    for feed in (feeds.atom, feeds.rss):
        inside = "".join(ElementTree.fromstring(feed(hostile, "https://x.example/?a=1&b=2")).itertext())
        assert "<script>" not in inside.replace(HOSTILE, "")
    assert b"<script>" not in badges.status_badge(HOSTILE, "ok")
    assert ElementTree.fromstring(badges.status_badge(HOSTILE, "ok")).tag.endswith("svg")
    assert "script" not in Tags(entry_form("/x", HOSTILE, "")).tags


def test_addresses_in_notices_can_be_followed_and_nothing_else() -> None:
    assert paragraphs("See https://a.example/x?y=1&z=2.\nOr not.\n\njavascript:alert(1)") == (
        '<p>See <a href="https://a.example/x?y=1&amp;z=2" rel="nofollow noopener">https://a.example/x?y=1&amp;z=2</a>.'
        "<br>Or not.</p><p>javascript:alert(1)</p>"
    )


@pytest.mark.parametrize(("count", "limit"), [(1, 20_000), (30, 40_000), (70, 50_000)], ids=["1", "30", "70"])
def test_page_stays_small_however_bad_the_days_were(count: int, limit: int) -> None:
    few = [replace(service(number, f"Service {number}", bad=6), section=f"{number // 10}") for number in range(count)]
    assert len(render(page(*few), style_of(""))) < limit


def test_policy_allows_just_this_style() -> None:
    style = style_of("#ff0000")
    assert "--brand:#ff0000" in style
    assert policy_of(style) != policy_of(style_of(""))
    assert "script" not in policy_of(style)
    assert "form-action 'self'" in policy_of(style, has_form=True)


def test_browsers_ask_for_no_picture_of_a_private_page() -> None:
    for content in (entry_form("/status/shop/enter", "", ""), message_page("No such page", "Nothing here.", "")):
        assert b'<link rel="icon" href="data:image/svg+xml,' in content
        assert b'<meta name="robots" content="noindex">' in content


def test_trouble_of_the_monitor_is_told_with_its_age() -> None:
    stale = replace(page(service()), stale_since=NOW - timedelta(minutes=72))
    text = Tags(render(stale, style_of(""))).text
    assert "1 h 12 min ago" in text
    assert "The present state is not known" in text


def test_badges_say_what_they_mean() -> None:
    assert b"Web: operational" in badges.status_badge("Web", "ok")
    assert "Web · 30 d: 99.98 %".encode() in badges.uptime_badge("Web", 30, 0.9998)
    assert b"no data" in badges.uptime_badge("Web", 30, None)
    assert b"Web: 42 ms" in badges.response_badge("Web", 41.6)
    assert b"Web: 12.0 s" in badges.response_badge("Web", 12_000)
    assert b"no answer" in badges.response_badge("Web", None)
    assert len(badges.status_badge("x" * 200, "ok")) < 1500
