"""A status page as HTML: whole in one answer, readable without a script, in light and dark, on paper and aloud."""

from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import groupby
from typing import Final
from urllib.parse import quote

from monitor_app.api.status_pages.bars import TOLD_DAYS, bad_days, legend, past_words, picture
from monitor_app.api.status_pages.style import DOTS
from monitor_app.api.status_pages.words import (
    IMPACT_WORDS,
    STATE_WORDS,
    day_words,
    paragraphs,
    time_tag,
)
from monitor_app.domain.notice import MAINTENANCE
from monitor_app.domain.public_page import (
    LEVEL_WORDS,
    Level,
    PublicNotice,
    PublicPage,
    PublicService,
    duration,
    overall,
    percent,
    shortened,
)

# With more than this a page tells the days of its bars in fewer words, and then its notices.
FULL_BYTES: Final = 48_000
# With more than this it leaves the bars out.
MOST_BYTES: Final = 50_000
# How much a page tells, from all to the least: of days, and how many characters of notices (None: all).
_DETAILS: Final = ((2, None), (1, None), (0, None), (0, 12_000), (0, 4_000), (0, 0))
# Of `detail`: words alone.
_NO_BARS: Final = -1
_GLYPHS: Final[dict[Level, str]] = {
    "ok": '<circle cx="8" cy="8" r="6.5"/><path d="m5.2 8.2 2 2 3.6-4"/>',
    "degraded": '<path d="M8 2 14.5 13.5H1.5z"/><path d="M8 6.5v3M8 11.6v.1"/>',
    "down": '<path d="M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3L1.5 10.7V5.3z"/><path d="m6 6 4 4m0-4-4 4"/>',
    "maintenance": '<circle cx="8" cy="8" r="6.5"/><path d="M8 4.5V8l2.4 1.6"/>',
    "paused": '<circle cx="8" cy="8" r="6.5"/><path d="M6.3 6v4M9.7 6v4"/>',
    "unknown": '<circle cx="8" cy="8" r="6.5"/><path d="M6.3 6.4a1.8 1.8 0 1 1 2.5 1.7c-.5.2-.8.5-.8 1v.3M8 11.6v.1"/>',
}

_LEFT_OUT: Final = '<p class="note">The bars of the days are left out: there are too many services on this page.</p>'
_SHORTENED: Final = '<p class="quiet">Long notices are told in short here. The feeds below tell all of them.</p>'


def render(page: PublicPage, style: str) -> bytes:
    """The page, in as many words as fit."""
    content = b""
    for detail, letters in _DETAILS:
        content = document(page.title, _head(page), body(page, detail, letters), style).encode()
        if len(content) <= FULL_BYTES:
            break
    if len(content) > MOST_BYTES:
        content = document(page.title, _head(page), body(page, _NO_BARS, 0), style).encode()
    return content


def document(title: str, head: str, content: str, style: str) -> str:
    """A whole document around some content."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title>{head}<style>{style}</style></head><body>{content}</body></html>"
    )


def body(page: PublicPage, detail: int = 1, letters: int | None = None) -> str:
    """What stands on the page; `letters`: so many of notices in full, then only how they begin."""
    told = page if letters is None else shortened(page, letters)
    is_whole = set(told.notices) == set(page.notices)
    page = told
    level, words = overall([service.level for service in page.services], page.notices)
    if page.stale_since is not None:
        level, words = "unknown", "The present state is not known"
    logo = f'<img src="{escape(page.logo)}" alt="">' if page.logo else ""
    about = f'<p class="about">{escape(page.description)}</p>' if page.description else ""
    return (
        f'{_drawings()}<a class="skip" href="#services">Skip to the services</a>'
        f"<header>{logo}<h1>{escape(page.title)}</h1>{about}</header><main>{_stale(page)}"
        f'<section class="all {level}" aria-label="Now">{_glyph(level)}<h2>{words}</h2>'
        f"<p>As of {time_tag(page.as_of)}</p></section>"
        f"{_notices('Now', page.of_phase('current'))}{_notices('Planned', page.of_phase('upcoming'))}"
        f'<section id="services" aria-labelledby="services-title"><h2 id="services-title">Services</h2>'
        f"{_services(page, detail)}</section>"
        f'<section aria-labelledby="past-title"><h2 id="past-title">Past notices</h2>{_past(page)}'
        f"{'' if is_whole else _SHORTENED}</section></main>"
        f"{_footer(page)}"
    )


def _head(page: PublicPage) -> str:
    level, words = overall([service.level for service in page.services], page.notices)
    level = "unknown" if page.stale_since is not None else level
    summary = escape(page.description.split("\n")[0][:160] or f"{page.title}: what works now, and what did not.")
    feeds = "".join(
        f'<link rel="alternate" type="{kind}" title="{escape(page.title)}" href="{page.base}/{name}">'
        for kind, name in (
            ("application/atom+xml", "feed.atom"),
            ("application/rss+xml", "feed.rss"),
            ("application/feed+json", "feed.json"),
        )
    )
    canonical = f'<link rel="canonical" href="{escape(page.address)}">' if page.address else ""
    robots = "" if page.is_indexed and page.is_public else '<meta name="robots" content="noindex">'
    icon = f'<link rel="icon" href="{_icon(level)}">'
    return (
        f'<meta name="description" content="{summary}">{robots}{canonical}{icon}'
        f'<meta property="og:title" content="{escape(page.title)}">'
        f'<meta property="og:description" content="{escape(words)}"><meta property="og:type" content="website">{feeds}'
    )


def _icon(level: Level) -> str:
    """What the tab of a browser shows: a dot in the colour of the state."""
    circle = f'<circle cx="8" cy="8" r="7" fill="{DOTS[level]}"/>'
    dot = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">{circle}</svg>'
    return f"data:image/svg+xml,{quote(dot)}"


def _stale(page: PublicPage) -> str:
    if page.stale_since is None:
        return ""
    age = duration(max(0.0, (page.as_of - page.stale_since).total_seconds()))
    return (
        '<p class="stale" role="status">The monitor behind this page is in trouble itself. What stands here is from '
        f"{time_tag(page.stale_since)}, {age} ago.</p>"
    )


def _services(page: PublicPage, detail: int) -> str:
    if not page.services:
        return '<p class="quiet">No service is shown here yet.</p>'
    parts: list[str] = []
    for section, members in groupby(page.services, key=lambda service: service.section):
        heading = f"<h3>{escape(section)}</h3>" if section else ""
        rows = "".join(_service(page, service, detail) for service in members)
        parts.append(f'{heading}<ul class="card list">{rows}</ul>')
    if any(service.days for service in page.services):
        parts.append(_LEFT_OUT if detail == _NO_BARS else legend())
    return "".join(parts)


def _service(page: PublicPage, service: PublicService, detail: int) -> str:
    about = f'<p class="note">{escape(service.description)}</p>' if service.description else ""
    level = service.level
    heading = "h4" if service.section else "h3"  # one step below what stands above it
    return (
        f'<li><div class="row"><{heading}>{escape(service.name)}</{heading}>'
        f'<span class="state {level}">{_glyph(level)}{LEVEL_WORDS[level]}</span></div>{about}'
        f"{_past_days(page, service, detail)}</li>"
    )


def _past_days(page: PublicPage, service: PublicService, detail: int) -> str:
    days = service.days
    if not days:
        return ""
    bad = bad_days(days, page.last_day)
    share = percent(service.uptime)
    up = f"{share} up" if service.uptime is not None else share
    count = f"{len(bad)} {'day' if len(bad) == 1 else 'days'}"
    summary = past_words(days, service.uptime)
    if detail <= 0:
        bars = picture(days, page.last_day, "", detail) if detail == 0 else ""
        return f'{bars}<p class="note num">{summary}</p>'
    return (
        f"{picture(days, page.last_day, summary, detail)}"
        f'<div class="span"><span>{len(days)} days ago</span><span class="num">{up}</span><span>Today</span></div>'
        f"{_told_days(bad[:TOLD_DAYS], count, len(bad))}"
    )


def _told_days(bad: Sequence[tuple[date, str]], count: str, total: int) -> str:
    if not bad:
        return ""
    rows = "".join(f'<li><time datetime="{day}">{day_words(day)}</time><span>{words}</span></li>' for day, words in bad)
    more = f'<li class="quiet">and {total - len(bad)} before</li>' if total > len(bad) else ""
    return f"<details><summary>{count} not all right</summary><ul>{rows}{more}</ul></details>"


def _notices(title: str, notices: Sequence[PublicNotice]) -> str:
    if not notices:
        return ""
    return f"<section><h2>{title}</h2>{''.join(_notice(notice) for notice in notices)}</section>"


def _past(page: PublicPage) -> str:
    past = page.of_phase("past")
    if not past:
        return '<p class="quiet">Nothing was told in the last 30 days.</p>'
    return "".join(_notice(notice) for notice in past)


def _notice(notice: PublicNotice) -> str:
    level = _notice_level(notice)
    span = time_tag(notice.starts_at)
    if notice.ends_at is not None:
        span += f" to {time_tag(notice.ends_at)}"
    kind = "Maintenance" if notice.kind == MAINTENANCE else f"Incident, {IMPACT_WORDS[notice.impact].lower()}"
    about = f" · {escape(', '.join(notice.services))}" if notice.services else ""
    told = "".join(
        f"<li><b>{STATE_WORDS[update.state]}</b><span class='note'>{time_tag(update.at)}</span>"
        f"{paragraphs(update.text)}</li>"
        for update in notice.updates
    )
    return (
        f'<article class="card notice{f" upset {level}" if notice.phase == "current" else ""}" '
        f'id="{notice.key}"><h3>{escape(notice.title)}</h3><p class="note">{kind} · {span}{about}</p>'
        f'<ol class="told">{told}</ol></article>'
    )


def _notice_level(notice: PublicNotice) -> Level:
    if notice.kind == MAINTENANCE:
        return "maintenance"
    return {"none": "maintenance", "minor": "degraded"}.get(notice.impact, "down")  # type: ignore[return-value]


def _footer(page: PublicPage) -> str:
    feeds = "".join(
        f'<a href="{page.base}/{name}">{words}</a>'
        for name, words in (("feed.atom", "Atom"), ("feed.rss", "RSS"), ("feed.json", "JSON Feed"))
    )
    leave = (
        f'<form method="post" action="{page.base}/leave" class="leave"><button>Log out of this page</button></form>'
        if page.can_leave
        else ""
    )
    return f"<footer><p>Times are in UTC. Bars are days of UTC.</p><p>Follow: {feeds}</p>{leave}</footer>"


def _glyph(level: Level) -> str:
    return f'<svg class="g" aria-hidden="true"><use href="#{level}"/></svg>'


def _drawings() -> str:
    """What the glyphs point to, once."""
    drawn = "".join(f'<symbol id="{level}" viewBox="0 0 16 16">{lines}</symbol>' for level, lines in _GLYPHS.items())
    return f'<svg class="drawings" width="0" height="0" aria-hidden="true">{drawn}</svg>'


# Of pages that tell nothing: a grey dot, so that no browser asks for a picture.
_UNLISTED: Final = f'<meta name="robots" content="noindex"><link rel="icon" href="{_icon("paused")}">'


def entry_form(action: str, wrong: str, style: str) -> bytes:
    """Asks for the password of a private page, and tells nothing of the page."""
    message = f'<p class="wrong" id="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    described = ' aria-describedby="wrong" aria-invalid="true"' if wrong else ""
    content = (
        "<main><header><h1>This page is private</h1></header>"
        f'<form method="post" action="{escape(action)}"><label for="password">Password</label>'
        f'<input id="password" name="password" type="password" autocomplete="current-password" required autofocus'
        f"{described}>{message}<button>Show the page</button></form></main>"
    )
    return document("Private page", _UNLISTED, content, style).encode()


def message_page(title: str, text: str, style: str) -> bytes:
    """A page that says one thing."""
    content = f"<main><header><h1>{escape(title)}</h1></header><p>{escape(text)}</p></main>"
    return document(title, _UNLISTED, content, style).encode()
