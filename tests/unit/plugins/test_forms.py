"""Config models as forms, and pydantic's complaints as messages for people."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from monitor_app.plugins.forms import field_messages, form_fields, shown_value


class Base(BaseModel):
    """What all have."""

    model_config = ConfigDict(extra="forbid")

    deadline_seconds: float = Field(default=10.0, gt=0, title="Deadline", json_schema_extra={"unit": "s", "rare": True})


class Model(Base):
    """One field of each type."""

    name: str = Field(min_length=2, max_length=5, description="How it is called")
    count: int = Field(default=3, ge=1, le=9)
    share: float | None = Field(default=None, lt=1)
    is_on: bool = True
    colour: Literal["red", "blue"] = "red"
    headers: dict[str, str] = Field(default_factory=lambda: {"A": "1", "B": "2"})
    text: str = Field(default="", json_schema_extra={"multiline": True})
    password: int = Field(default=0, json_schema_extra={"secret": True})

    @field_validator("text")
    @classmethod
    def _check(cls, text: str) -> str:
        if text == "bad":
            raise ValueError("must be good")
        return text


def complaints(secret: tuple[str, ...] = (), **values: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        Model.model_validate({"name": "abc"} | values)
    return field_messages(caught.value, secret)


def test_own_fields_come_first_in_the_order_of_declaration() -> None:
    names = [field.name for field in form_fields(Model)]
    assert names == ["name", "count", "share", "is_on", "colour", "headers", "text", "password", "deadline_seconds"]


def test_each_field_has_the_input_that_fits() -> None:
    assert [field.type for field in form_fields(Model)] == [
        "text",
        "number",
        "number",
        "switch",
        "choice",
        "mapping",
        "multiline",
        "number",
        "number",
    ]


def test_a_field_tells_what_a_form_shows() -> None:
    fields = {field.name: field for field in form_fields(Model)}
    assert fields["name"].required
    assert (fields["name"].title, fields["name"].description) == ("Name", "How it is called")
    assert fields["deadline_seconds"].title == "Deadline"
    assert (fields["deadline_seconds"].unit, fields["deadline_seconds"].rare) == ("s", True)
    assert fields["deadline_seconds"].default == "10"
    assert fields["headers"].default == "A: 1\nB: 2"
    assert fields["share"].default == ""
    assert fields["colour"].choices == ("red", "blue")
    assert fields["password"].secret


@pytest.mark.parametrize(
    ("values", "messages"),
    [
        ({"count": 0}, {"count": "must be at least 1, got 0"}),
        ({"count": 10}, {"count": "must be at most 9, got 10"}),
        ({"count": "many"}, {"count": "must be a whole number, got 'many'"}),
        ({"count": 1.5}, {"count": "must be a whole number, got 1.5"}),
        ({"share": 1}, {"share": "must be less than 1, got 1"}),
        ({"share": "x"}, {"share": "must be a number, got 'x'"}),
        ({"deadline_seconds": 0}, {"deadline_seconds": "must be more than 0, got 0"}),
        ({"is_on": "perhaps"}, {"is_on": "must be true or false, got 'perhaps'"}),
        ({"colour": "green"}, {"colour": "must be one of 'red' or 'blue', got 'green'"}),
        ({"name": "a"}, {"name": "must have at least 2 characters"}),
        ({"name": "abcdef"}, {"name": "must have at most 5 characters, got 6"}),
        ({"name": 5}, {"name": "must be text, got 5"}),
        ({"headers": "A: 1"}, {"headers": "must be names with values"}),
        ({"text": "bad"}, {"text": "must be good"}),
        ({"other": 1}, {"other": "is not a field of this kind"}),
        (
            {"count": 0, "colour": "green"},
            {"count": "must be at least 1, got 0", "colour": "must be one of 'red' or 'blue', got 'green'"},
        ),
    ],
)
def test_messages_say_what_is_allowed_and_what_came(values: dict[str, Any], messages: dict[str, str]) -> None:
    assert complaints(**values) == messages


def test_a_missing_field_is_required() -> None:
    with pytest.raises(ValidationError) as caught:
        Model.model_validate({})
    assert field_messages(caught.value) == {"name": "is required"}


def test_secret_fields_and_values_inside_mappings_are_not_repeated() -> None:
    assert complaints(("password",), password="hunter2") == {"password": "must be a whole number"}
    assert complaints(headers={"Authorization": ["hunter2"]}) == {"headers": "'Authorization' must be text"}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "'plain'"),
        (5, "5"),
        (None, "None"),
        (["hunter2"], "a list"),
        ({"a": "hunter2"}, "a dict"),
        ("https://user:hunter2@example.org/a", None),
        ("https://user:hunt/hunter2@example.org/a", None),
        ("user:hunter2@example.org", None),
        ("https://example.org/?token=hunter2", None),
        ("Bearer hunter2hunter2", None),
        ("x" * 500, f"'{'x' * 79}…'"),
    ],
)
def test_shown_values_hold_no_secret(value: Any, shown: str | None) -> None:
    assert "hunter2" not in shown_value(value)
    assert shown is None or shown_value(value) == shown


def test_a_very_long_value_is_shown_fast() -> None:
    assert len(shown_value("a@" * 200_000)) < 100
