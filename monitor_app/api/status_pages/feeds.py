"""Notices as feeds: Atom (RFC 4287), RSS 2.0, JSON Feed 1.1; and what is true now as JSON for programs."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any, Final
from uuid import uuid5

from monitor_app.api.status_pages.words import STATE_WORDS, moment_words, paragraphs, stamp
from monitor_app.domain.public_page import LEVEL_WORDS, PublicNotice, PublicPage, overall

FEED_LIMIT: Final = 50
_HEAD: Final = '<?xml version="1.0" encoding="utf-8"?>\n'
# Characters that no XML 1.0 document may hold were refused when the texts were entered.


def atom(page: PublicPage, home: str) -> bytes:
    """`home` is where the page is, absolute."""
    entries = "".join(
        f"<entry><id>{_id(page, notice)}</id><title>{escape(_title(notice))}</title>"
        f"<published>{stamp(_first(notice))}</published><updated>{stamp(notice.updated_at)}</updated>"
        f'<link rel="alternate" type="text/html" href="{escape(home)}#{notice.key}"/>'
        f'<content type="html">{escape(_content(notice))}</content></entry>'
        for notice in _newest(page)
    )
    return (
        f'{_HEAD}<feed xmlns="http://www.w3.org/2005/Atom"><id>{page.key.urn}</id>'
        f"<title>{escape(page.title)}</title><updated>{stamp(_updated(page))}</updated>"
        f"<author><name>{escape(page.title)}</name></author>"
        f'<link rel="alternate" type="text/html" href="{escape(home)}"/>'
        f'<link rel="self" type="application/atom+xml" href="{escape(_own(page, home))}/feed.atom"/>{entries}</feed>\n'
    ).encode()


def rss(page: PublicPage, home: str) -> bytes:
    """The same as RSS 2.0."""
    items = "".join(
        f'<item><guid isPermaLink="false">{_id(page, notice)}</guid><title>{escape(_title(notice))}</title>'
        f"<link>{escape(home)}#{notice.key}</link><pubDate>{_date(notice.updated_at)}</pubDate>"
        f"<description>{escape(_content(notice))}</description></item>"
        for notice in _newest(page)
    )
    about = page.description or f"Notices of {page.title}"
    return (
        f'{_HEAD}<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>{escape(page.title)}</title>'
        f"<link>{escape(home)}</link><description>{escape(about)}</description><language>en</language>"
        f"<lastBuildDate>{_date(_updated(page))}</lastBuildDate>"
        f'<atom:link rel="self" type="application/rss+xml" href="{escape(_own(page, home))}/feed.rss"/>'
        f"{items}</channel></rss>\n"
    ).encode()


def json_feed(page: PublicPage, home: str) -> bytes:
    """The same as JSON Feed 1.1."""
    document: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": page.title,
        "description": page.description,
        "home_page_url": home,
        "feed_url": f"{_own(page, home)}/feed.json",
        "language": "en",
        "items": [
            {
                "id": _id(page, notice),
                "url": f"{home}#{notice.key}",
                "title": _title(notice),
                "content_html": _content(notice),
                "date_published": stamp(_first(notice)),
                "date_modified": stamp(notice.updated_at),
                "tags": [notice.kind, notice.state, notice.impact],
            }
            for notice in _newest(page)
        ],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def summary(page: PublicPage) -> bytes:
    """What the page tells now, for programs."""
    level, words = overall([service.level for service in page.services], page.notices)
    document = {
        "title": page.title,
        "as_of": stamp(page.as_of),
        "stale_since": None if page.stale_since is None else stamp(page.stale_since),
        "status": "unknown" if page.stale_since is not None else level,
        "words": words,
        "services": [
            {
                "key": service.key,
                "name": service.name,
                "section": service.section,
                "status": service.level,
                "words": LEVEL_WORDS[service.level],
                "uptime_90d": None if service.uptime is None else round(service.uptime, 6),
            }
            for service in page.services
        ],
        "notices": [
            {
                "id": notice.key,
                "kind": notice.kind,
                "title": notice.title,
                "impact": notice.impact,
                "state": notice.state,
                "starts_at": stamp(notice.starts_at),
                "ends_at": None if notice.ends_at is None else stamp(notice.ends_at),
                "services": list(notice.services),
            }
            for notice in (*page.of_phase("current"), *page.of_phase("upcoming"))
        ],
    }
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _newest(page: PublicPage) -> Sequence[PublicNotice]:
    return sorted(page.notices, key=lambda notice: notice.updated_at, reverse=True)[:FEED_LIMIT]


def _updated(page: PublicPage) -> datetime:
    """When anything of it changed last; without notices a time that never changes, so that readers need not."""
    return max((notice.updated_at for notice in page.notices), default=datetime(2020, 1, 1, tzinfo=UTC))


def _first(notice: PublicNotice) -> datetime:
    return min((update.at for update in notice.updates), default=notice.starts_at)


def _title(notice: PublicNotice) -> str:
    return f"{STATE_WORDS[notice.state]}: {notice.title}"


def _content(notice: PublicNotice) -> str:
    about = f"<p>{escape(', '.join(notice.services))}</p>" if notice.services else ""
    told = "".join(
        f"<p><b>{STATE_WORDS[update.state]}</b>, {moment_words(update.at)}</p>{paragraphs(update.text)}"
        for update in notice.updates
    )
    return about + told


def _id(page: PublicPage, notice: PublicNotice) -> str:
    return uuid5(page.key, notice.key).urn


def _own(page: PublicPage, home: str) -> str:
    """Where the feeds are: beside the page, also when that is at the root of a host of its own."""
    return home if home.endswith(page.base) else home.rstrip("/") + page.base


def _date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
