"""The benchmark of alerting, small: what it promises of outages and of noise holds in any size."""

import asyncio

import pytest

from monitor_app.bench.alert_noise import corpus
from monitor_app.bench.alerts import outage

pytestmark = pytest.mark.usefixtures("sqlite_in_this_thread")


def test_one_page_for_a_database_with_all_that_need_it() -> None:
    figures = asyncio.run(outage(12, seed=3))
    assert (figures["pages"], figures["messages"], figures["names"], figures["affected"]) == (1, 2, "Database", 12)
    assert 20 < figures["told_after_s"] < 120


def test_noise_pages_nobody_and_outages_somebody() -> None:
    figures = asyncio.run(corpus(1, seed=7))
    assert (figures["false_share"], figures["recall"]) == (0.0, 1.0)
    assert figures["flap_messages_per_h"] <= 2
    assert figures["flapping"]["kind_resolved"] >= 1
