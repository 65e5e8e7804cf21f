"""Versions of what carries no revision."""

from datetime import UTC, datetime

from monitor_app.domain.version import content_version


def test_same_content_has_the_same_version_whatever_its_order() -> None:
    assert content_version({"a": 1, "b": [2]}) == content_version({"b": [2], "a": 1})
    assert len(content_version({})) == 24


def test_another_content_has_another_version() -> None:
    contents = [{"a": 1}, {"a": "1"}, {"a": None}, {}, {"a": datetime(2026, 1, 2, tzinfo=UTC)}]
    assert len({content_version(content) for content in contents}) == len(contents)
