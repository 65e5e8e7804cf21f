"""The thresholds that charts draw for a kind are those by which its probe judges."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.checks.composite.config import Config as Composite
from monitor_app.checks.composite.probe import probe as probe_composite
from monitor_app.checks.database.config import Config as Database
from monitor_app.checks.http import expiry
from monitor_app.checks.http.config import Config as Http
from monitor_app.checks.tls_certificate.chain import Link
from monitor_app.checks.tls_certificate.config import Config as Tls
from monitor_app.checks.tls_certificate.judge import judged
from monitor_app.domain.days import days_found
from monitor_app.domain.status import Status
from monitor_app.domain.thresholds import COMPARISONS, KindThreshold
from monitor_app.net.certificate import Certificate
from monitor_app.plugins.protocols import CheckConfig, Heartbeats, ProbeContext
from monitor_app.plugins.registry import KindRegistry

NOW = datetime(2026, 5, 1, tzinfo=UTC)
DB = {"engine": "postgresql", "host": "db.example.org", "user": "watcher", "query": "SELECT 1"}
URL, HOST = {"url": "https://example.org/"}, {"host": "example.org"}
DAYS = st.floats(-5, 40)
# Days are kept in hundredths.
WARNINGS = st.integers(0, 3000).map(lambda hundredths: hundredths / 100)


def by_thresholds(config: CheckConfig, metrics: Mapping[str, float]) -> Status:
    """The worst that one of them says of what was measured."""
    return max((each.status for each in config.thresholds if is_beyond(each, metrics)), default=Status.OK)


def is_beyond(threshold: KindThreshold, metrics: Mapping[str, float]) -> bool:
    value = metrics.get(threshold.metric)
    return value is not None and COMPARISONS[threshold.comparison](value, threshold.value)


@pytest.mark.parametrize(
    ("kind", "values", "degraded", "failed"),
    [
        ("http", URL, ["certificate_days < 14"], []),
        ("http", URL | {"certificate_failure_days": 3}, ["certificate_days < 14"], ["certificate_days < 3"]),
        ("http", URL | {"certificate_warning_days": 0, "certificate_failure_days": 3}, [], ["certificate_days < 3"]),
        ("http", URL | {"certificate_warning_days": 0}, [], []),
        ("http", URL | {"verify_tls": False}, [], []),
        (
            "tls_certificate",
            HOST,
            ["certificate_days < 14", "chain_days < 14"],
            ["certificate_days < 3", "chain_days < 3"],
        ),
        ("tls_certificate", HOST | {"verify_tls": False, "failure_days": 14}, [], ["certificate_days < 14"]),
        ("domain_expiry", {"domain": "example.org"}, ["domain_days < 30"], ["domain_days < 7"]),
        ("icmp", HOST, ["loss_percent >= 50"], ["loss_percent >= 100"]),
        ("icmp", HOST | {"loss_warning_percent": 100}, [], ["loss_percent >= 100"]),
        ("process", {"name": "nginx"}, [], ["count < 1"]),
        ("process", {"name": "nginx", "min_count": 0, "max_count": 4}, [], ["count > 4"]),
        ("composite", {"members": "a, b, c"}, [], ["members_down > 0"]),
        ("composite", {"members": "a, b, c", "mode": "any"}, ["members_down > 0"], ["members_down > 2"]),
        (
            "composite",
            {"members": "a, b, c", "mode": "at_least", "percent": 50},
            ["members_down > 0"],
            ["members_down > 1"],
        ),
        ("database", DB, [], []),
        (
            "database",
            DB | {"min_rows": 2, "max_rows": 5, "max_lag_seconds": 1.5, "expect": ">= 10"},
            ["replication_lag_seconds > 1.5"],
            ["rows < 2", "rows > 5", "value < 10"],
        ),
        (
            "database",
            DB | {"max_lag_seconds": 0, "max_rows": 0, "min_rows": 0},
            ["replication_lag_seconds > 0"],
            ["rows > 0"],
        ),
        ("database", DB | {"expect": "contains 10"}, [], []),
        ("database", DB | {"expect": "== ok"}, [], []),
        ("tcp", HOST | {"port": 22}, [], []),
    ],
)
def test_thresholds_of_a_kind_come_from_its_config(
    kind: str, values: dict[str, Any], degraded: list[str], failed: list[str]
) -> None:
    found = KindRegistry()[kind].parse(values).thresholds
    assert [each.text for each in found if each.status is Status.DEGRADED] == degraded
    assert [each.text for each in found if each.status is Status.FAILED] == failed
    assert len(found) == len(degraded) + len(failed)


@given(DAYS, DAYS, WARNINGS, WARNINGS, st.booleans())
def test_chain_is_judged_by_its_thresholds(
    own: float, issuer: float, one: float, other: float, is_verified: bool
) -> None:
    config = Tls(host="example.org", warning_days=max(one, other), failure_days=min(one, other), verify_tls=is_verified)
    findings = judged([_link(own), _link(issuer)], config, NOW, is_verified=is_verified)
    metrics = {"certificate_days": own, "chain_days": min(own, issuer)}
    assert by_thresholds(config, _as_kept(metrics)) is (findings[0].status if findings else Status.OK)


@given(DAYS, st.sampled_from([(0, 0), (0, 3), (14, 0), (14, 3), (14, 14)]))
def test_certificate_of_a_web_site_is_judged_by_its_thresholds(days: float, limits: tuple[int, int]) -> None:
    config = Http(url="https://example.org/", certificate_warning_days=limits[0], certificate_failure_days=limits[1])
    status = expiry.status_of(_link(days).certificate, config, NOW)
    assert by_thresholds(config, {"certificate_days": _kept_days(days)}) is status


@given(st.integers(1, 8), st.data())
def test_members_are_judged_by_their_thresholds(count: int, data: st.DataObject) -> None:
    down = data.draw(st.integers(0, count))
    mode = data.draw(st.sampled_from(["all", "any", "at_least"]))
    percent = data.draw(st.floats(1, 100)) if mode == "at_least" else None
    config = Composite(members=[f"m{number}" for number in range(count)], mode=mode, percent=percent)  # type: ignore[arg-type]
    result = asyncio.run(probe_composite(ProbeContext(None, facts=_Members(down)), config))
    assert by_thresholds(config, result.metrics) is result.status


@given(st.sampled_from(["==", "!=", ">=", "<=", ">", "<"]), st.integers(-3, 3), st.integers(-3, 3))
def test_value_of_a_database_is_judged_by_its_threshold(operator: str, expected: int, value: int) -> None:
    config = Database(**DB, expect=f"{operator} {expected}")  # type: ignore[arg-type]
    assert config.expectation is not None
    is_wrong = bool(config.expectation.trouble(value))
    assert (by_thresholds(config, {"value": value}) is Status.FAILED) == is_wrong


class _Members:
    """m0, m1, ...: the first are down, the others are up."""

    def __init__(self, down: int) -> None:
        self.down = down

    def now(self) -> datetime:
        return NOW

    def member(self, service_id: str) -> tuple[str, Status]:
        return service_id, Status.FAILED if int(service_id[1:]) < self.down else Status.OK

    def heartbeats(self, service_pk: int) -> Heartbeats:
        raise AssertionError(service_pk)


def _link(days: float) -> Link:
    begin, end = NOW - timedelta(days=100), NOW + timedelta(days=days)
    certificate = Certificate("example.org", "Authority", ("example.org",), begin, end)
    return Link(certificate, "1", "aa", "EC", 256, "sha256", is_root=False)


def _kept_days(days: float) -> float:
    return days_found(_link(days).days_left(NOW))


def _as_kept(metrics: Mapping[str, float]) -> dict[str, float]:
    return {name: _kept_days(days) for name, days in metrics.items()}
