"""What of a service is no longer as its file says."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from monitor_app.use_cases.auditing import shown_service
from monitor_app.use_cases.drift import differences, drifted
from tests.board_rows import service

VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3),
    lambda inner: st.dictionaries(st.text(max_size=2), inner, max_size=3),
)
DOCUMENTS = st.dictionaries(st.text(max_size=2), VALUES, max_size=4)


def test_what_people_made_never_drifts() -> None:
    assert drifted(service(1)) == ()


def test_changed_fields_are_named_in_the_order_of_the_file() -> None:
    made = service(1, tags=("a",), status_config={"url": "https://a.org", "password": {"$sealed": "x"}})
    kept = replace(made, managed_by="services.yaml", applied=shown_service(made))
    assert drifted(kept) == ()
    changed = replace(
        kept,
        label="Other",
        tags=("b",),
        status_config={"url": "https://b.org", "password": {"$sealed": "y"}, "deadline_seconds": 3},
    )
    assert drifted(changed) == ("label", "tags", "status_config.url", "status_config.deadline_seconds")
    assert drifted(replace(kept, interval_seconds=5, enabled=False)) == ("interval_seconds", "enabled")


def test_key_that_is_gone_is_named() -> None:
    assert differences({"a": {"b": 1, "c": 2}}, {"a": {"c": 2}}) == ("a.b",)
    assert differences({"a": 1}, {}) == ("a",)
    assert differences({"a": {"b": None}}, {"a": {}}) == ("a.b",)


@given(DOCUMENTS)
def test_nothing_differs_from_itself(document: dict[str, object]) -> None:
    assert differences(document, document) == ()


@given(DOCUMENTS, DOCUMENTS)
def test_only_what_the_file_names_can_drift(applied: dict[str, object], current: dict[str, object]) -> None:
    named = differences(applied, {**current})
    assert all(any(name == key or name.startswith(f"{key}.") for key in applied) for name in named)
    assert bool(named) == any(applied[key] != current.get(key, object()) for key in applied)
