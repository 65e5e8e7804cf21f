"""Judges a chain of certificates by what is left of its time and by its strength."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor_app.checks.tls_certificate.chain import Link
from monitor_app.checks.tls_certificate.config import Config
from monitor_app.domain.days import days_words
from monitor_app.domain.status import Status

_WEAK_IS = {"degraded": Status.DEGRADED, "failed": Status.FAILED, "ignored": Status.OK}


@dataclass(frozen=True, slots=True)
class Finding:
    """A status and why."""

    status: Status
    text: str


def judged(chain: Sequence[Link], config: Config, now: datetime, *, is_verified: bool) -> list[Finding]:
    """What is wrong, the worst first; empty when all is well.

    Of a chain that was not verified only the first counts: servers send certificates along that nobody needs.
    """
    looked_at = chain if is_verified else chain[:1]
    findings = [_time(link, config, now, is_own=not place) for place, link in enumerate(looked_at)]
    findings += [
        Finding(_WEAK_IS[config.weak], f"{_called(link, is_own=not place)} is weak: {weakness}")
        for place, link in enumerate(looked_at)
        for weakness in link.weaknesses
    ]
    bad = [finding for finding in findings if finding.status is not Status.OK]
    return sorted(bad, key=lambda finding: -finding.status)


def good_news(link: Link, now: datetime) -> str:
    """What is said of a certificate with which all is well."""
    issuer = f", issued by {link.certificate.issuer!r}" if link.certificate.issuer else ""
    return f"valid for {days_words(link.days_left(now))} (until {link.certificate.not_after:%Y-%m-%d}){issuer}"


def _time(link: Link, config: Config, now: datetime, *, is_own: bool) -> Finding:
    days = link.days_left(now)
    if now < link.certificate.not_before:
        begin = f"{link.certificate.not_before:%Y-%m-%d}"
        return Finding(Status.FAILED, f"{_called(link, is_own=is_own)} is not valid yet: it begins on {begin}")
    end = f"on {link.certificate.not_after:%Y-%m-%d}"
    if days < 0:
        return Finding(Status.FAILED, f"{_called(link, is_own=is_own)} has expired {end}, {days_words(-days)} ago")
    text = f"{_called(link, is_own=is_own)} expires in {days_words(days)}, {end}"
    if days < config.failure_days:
        return Finding(Status.FAILED, text)
    return Finding(Status.DEGRADED if days < config.warning_days else Status.OK, text)


def _called(link: Link, *, is_own: bool) -> str:
    return "TLS certificate" if is_own else f"certificate of the issuer {link.certificate.subject!r}"
