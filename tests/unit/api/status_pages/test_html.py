"""What stands on a status page: nothing that somebody wrote becomes markup, and it stays small."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from monitor_app.api.status_pages import badges, feeds
from monitor_app.api.status_pages.bars import past_words, picture
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


def bars_of(*days: Day) -> ElementTree.Element:
    return ElementTree.fromstring(picture(days, NOW.date(), "Last days", 2))


def painted(*days: Day) -> dict[str, str]:
    """What is drawn, by its class."""
    return {path.attrib["class"]: path.attrib["d"] for path in bars_of(*days).iter("path")}


def test_few_minutes_down_look_other_than_a_whole_day() -> None:
    short, long = Day("down", 0.998, 180), Day("down", 0.0, 86_400)
    assert painted(GOOD, long) == {"k": "M0 17h3", "d": "M5 17h3", "f": "M5 30h3"}
    # What was up stays, above a gap: the shape tells it to who does not see the colours.
    assert painted(GOOD, short) == {"k": "M0 17h8", "c": "M5 25h3", "d1": "M5 30h3"}
    heights = [painted(Day("down", 0.9, seconds)).keys() - {"k", "c"} for seconds in (60, 1200, 7200, 30_000)]
    assert heights == [{"d1"}, {"d2"}, {"d3"}, {"d", "f"}]


def test_what_is_up_beside_an_outage_is_green_only_when_it_was_well() -> None:
    assert painted(Day("down", 0.998, 180, is_degraded=True)) == {"w": "M0 23h3", "c": "M0 25h3", "d1": "M0 30h3"}


def test_each_day_says_how_long_it_was_down() -> None:
    titles = [title.text for title in bars_of(Day("down", 0.99792, 180), Day("down", 0.9, 8640, True)).iter("title")]
    assert titles == [
        "16 May: down for 3 min, 99.79 % up",
        "17 May: down for 2 h 24 min, degraded besides, 90.00 % up",
    ]


def test_past_is_summed_up_by_how_it_was() -> None:
    days = (GOOD, Day("down", 0.99, 840), Day("degraded", 1.0), Day("down", 0.9, 8640), Day("none"))
    assert (
        past_words(days, 0.9912) == "Last 5 days: 99.12 % up; down on 2 days, for 2 h 24 min at most; degraded on 1 day"
    )
    assert past_words((GOOD, BAD), 0.99) == "Last 2 days: 99.00 % up; down on 1 day, for 14 min"
    assert past_words((GOOD,) * 90, 1.0) == "Last 90 days: 100 % up"
    assert past_words((Day("none"),) * 90, None) == "Last 90 days: no data"


def test_page_tells_what_its_bars_mean() -> None:
    text = Tags(render(page(service()), style_of(""))).text
    assert "Down under 10 min" in text
    assert "Down under 10 min" not in Tags(render(page(), style_of(""))).text


def test_page_leaves_out_bars_before_it_becomes_too_large() -> None:
    sizes = (Day("down", 0.9, 60), GOOD, Day("down", 0.9, 900), Day("degraded", 1.0), Day("down", 0.9, 5000, True), BAD)
    bad = [replace(service(number, f"Service {number}"), days=sizes * 15) for number in range(70)]
    content = render(page(*bad), style_of(""))
    assert len(content) < 50_000
    assert b'class="bars"' not in content
    text = Tags(content).text
    assert text.count("down on 60 days, for 1 h 23 min at most; degraded on 15 days") == 70
    assert "The bars of the days are left out" in text
    assert "Long notices" not in text


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
