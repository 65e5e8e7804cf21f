"""What readers of a page are told of notices and of maintenance windows: nothing else comes out of either."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from monitor_app.domain.notice import MAINTENANCE, Notice
from monitor_app.domain.public_page import PublicNotice, PublicUpdate
from monitor_app.domain.status_page import StatusPage
from monitor_app.use_cases.public_windows import ToldWindow


def page_key(page: StatusPage) -> UUID:
    """The same for ever, and in no other installation: nobody else made a page in this very microsecond."""
    return UUID(bytes=hashlib.blake2s(f"{page.created_at.isoformat()} {page.pk}".encode(), digest_size=16).digest())


def noticed(notice: Notice, names: Mapping[int, str], now: datetime) -> PublicNotice:
    """A notice, with the services of the page by their public names."""
    digest = hashlib.blake2s(f"{notice.created_at.isoformat()} {notice.pk}".encode(), digest_size=6)
    return PublicNotice(
        key=f"n{digest.hexdigest()}",
        kind=notice.kind,
        title=notice.title,
        impact=notice.impact,
        state=notice.state,
        phase=notice.phase(now),
        starts_at=notice.starts_at,
        ends_at=notice.ends_at,
        updated_at=notice.updated_at,
        services=tuple(names[pk] for pk in notice.service_pks if pk in names),
        updates=tuple(PublicUpdate(told.at, told.state, told.text) for told in notice.updates),
    )


def noticed_window(told: ToldWindow, names: Mapping[int, str], now: datetime) -> PublicNotice:
    """One time of a maintenance window: its public title, its times, and the services of the page."""
    window, occurrence = told.window, told.occurrence
    is_on = occurrence.starts_at <= now
    state, since = ("in-progress", occurrence.starts_at) if is_on else ("scheduled", told.told_at)
    digest = hashlib.blake2s(f"window {window.pk} {occurrence.local} {window.zone.key}".encode(), digest_size=6)
    return PublicNotice(
        key=f"w{digest.hexdigest()}",
        kind=MAINTENANCE,
        title=window.public_title,
        impact="none",
        state=state,
        phase="current" if is_on else "upcoming",
        starts_at=occurrence.starts_at,
        ends_at=occurrence.ends_at,
        updated_at=since,
        services=tuple(name for pk, name in names.items() if pk in told.service_pks),
        updates=(PublicUpdate(since, state, ""),),
    )
