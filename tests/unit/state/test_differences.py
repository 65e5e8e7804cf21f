"""What an entry of the audit log changed, in rows and in words."""

from monitor_app.redact import MASK
from monitor_app.state.differences import ITEMS_LIMIT, ROWS_LIMIT, SUMMARY_LIMIT, TEXT_LIMIT, changes, groups, summary


def row(name: str, kind: str, before: str, after: str) -> dict[str, str]:
    return {"name": name, "kind": kind, "before": before, "after": after}


def test_only_what_differs_is_told_by_the_names_that_lead_to_it() -> None:
    before = {"id": "api", "config": {"url": "http://a/", "seconds": 5}, "tags": ["a"], "enabled": True}
    after = {"id": "api", "config": {"url": "http://b/", "seconds": 5}, "tags": ["a", "b"], "enabled": False}
    assert changes(before, after) == [
        row("config.url", "changed", "http://a/", "http://b/"),
        row("tags", "changed", "a", "a, b"),
        row("enabled", "changed", "yes", "no"),
    ]


def test_what_is_made_and_what_is_gone() -> None:
    assert changes(None, {"role": "editor", "note": "", "days": 7}) == [
        row("role", "added", "", "editor"),
        row("note", "added", "", "blank"),
        row("days", "added", "", "7"),
    ]
    assert changes({"sessions": 2}, None) == [row("sessions", "removed", "2", "")]
    assert changes({"a": None, "b": []}, {"a": {}, "b": [{"c": 1}]}) == [
        row("a", "changed", "nothing", "none"),
        row("b", "changed", "none", '[{"c": 1}]'),
    ]
    assert changes(None, None) == []
    assert changes(None, "text") == [row("value", "added", "", "text")]


def test_what_is_named_like_a_secret_is_masked_once_more() -> None:
    rows = changes(None, {"config": {"password": "hunter2-hunter2", "api_token": MASK}, "secret": ""})
    assert [one["after"] for one in rows] == [MASK, MASK, "blank"]
    assert "hunter2" not in summary(None, {"password": "hunter2-hunter2"})


def test_a_bulk_is_told_item_by_item() -> None:
    before = [{"service_id": f"s{i}", "enabled": True} for i in range(2)]
    after = [{"service_id": f"s{i}", "enabled": False} for i in range(2)]
    changed = [row("enabled", "changed", "yes", "no")]
    assert groups(before, after) == [{"title": "s0", "rows": changed}, {"title": "s1", "rows": changed}]
    assert groups(["x"], None) == [{"title": "1.", "rows": [row("value", "removed", "x", "")]}]
    assert summary(before, after) == ""
    assert groups(None, None) == []
    assert groups({"a": 1}, {"a": 2}) == [{"title": "", "rows": [row("a", "changed", "1", "2")]}]


def test_much_of_it_is_cut() -> None:
    many = groups([{"n": i} for i in range(ITEMS_LIMIT + 3)], None)
    assert len(many) == ITEMS_LIMIT + 1
    assert many[-1] == {"title": "3 more: the export has them", "rows": []}
    wide = changes(None, {f"k{i}": i for i in range(ROWS_LIMIT + 2)})
    assert len(wide) == ROWS_LIMIT + 1
    assert wide[-1]["name"] == "2 more"
    assert len(changes(None, {"a": "x" * 5000})[0]["after"]) == TEXT_LIMIT
    assert len(summary(None, {"a": "x" * 5000})) == SUMMARY_LIMIT


def test_a_change_in_few_words() -> None:
    assert summary({"role": "editor"}, {"role": "viewer"}) == "role: editor → viewer"
    assert summary({"sessions": 2}, None) == "sessions: 2"
    assert summary(None, {"name": "hall"}) == "name: hall"
