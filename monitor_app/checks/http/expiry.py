"""Whether a certificate that is still good has to be renewed."""

from datetime import datetime

from monitor_app.checks.http.config import Config
from monitor_app.domain.days import days_words
from monitor_app.domain.status import Status
from monitor_app.net.certificate import Certificate


def status_of(certificate: Certificate, config: Config, now: datetime) -> Status:
    """OK, DEGRADED or FAILED by the days that are left."""
    days = certificate.days_left(now)
    if config.certificate_failure_days and days < config.certificate_failure_days:
        return Status.FAILED
    if config.certificate_warning_days and days < config.certificate_warning_days:
        return Status.DEGRADED
    return Status.OK


def words(certificate: Certificate, now: datetime) -> str:
    """`the certificate of example.org expires in 5 days, on 2026-03-01`."""
    whose = f" of {certificate.subject}" if certificate.subject else ""
    days = certificate.days_left(now)
    if days < 0:
        return f"the certificate{whose} has expired on {certificate.not_after:%Y-%m-%d}"
    return f"the certificate{whose} expires in {days_words(days)}, on {certificate.not_after:%Y-%m-%d}"
