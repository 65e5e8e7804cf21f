"""What holds for every kind of check, those of the future included."""

from pathlib import Path

import pytest

from monitor_app.domain.service import INTERVAL_MAX_SECONDS, INTERVAL_MIN_SECONDS
from monitor_app.errors import InvalidInput
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import Kind, KindRegistry
from monitor_app.redact import is_secret_name

DOCS = Path(__file__).parents[3] / "docs" / "kinds"
# Their names sound like secrets, but anybody may read them.
PUBLIC = {"auth", "token_url"}
KINDS = list(KindRegistry())
every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def documented(page: Path) -> dict[str, str]:
    """The rows of the page's table of fields, by the field's name."""
    rows = [line for line in page.read_text().splitlines() if line.startswith("| `")]
    return {line.split("`")[1]: line for line in rows}


@every_kind
def test_each_field_is_documented_with_its_default(kind: Kind) -> None:
    own, shared = documented(DOCS / f"{kind.name}.md"), documented(DOCS / "README.md")
    for field in kind.fields:
        assert field.name in own or field.name in shared, f"docs/kinds/{kind.name}.md does not tell about {field.name}"
        info, base = kind.config_model.model_fields[field.name], CheckConfig.model_fields.get(field.name)
        row = own.get(field.name)
        if row is None:
            assert base is not None, field.name
            assert info.default == base.default, f"{kind.name} has a default of its own for {field.name}: say so"
            row = shared[field.name]
        if field.default and not field.secret:
            assert f"`{field.default}`" in row, field.name
    assert set(own) <= {field.name for field in kind.fields}, "fields that do not exist"


@every_kind
def test_each_field_has_a_title_and_a_description(kind: Kind) -> None:
    for field in kind.fields:
        assert field.title, field.name
        assert field.description.endswith("."), field.name


@every_kind
def test_kind_says_what_it_is_for(kind: Kind) -> None:
    model = kind.config_model
    assert model.kind_title
    assert model.kind_description.endswith(".")
    assert model.default_service_type.replace("_", "").isalnum()
    assert INTERVAL_MIN_SECONDS <= model.default_interval_seconds <= INTERVAL_MAX_SECONDS


@every_kind
def test_unknown_field_is_refused(kind: Kind) -> None:
    with pytest.raises(InvalidInput) as caught:
        kind.parse({"colour": "red"})
    assert caught.value.fields["colour"] == "is not a field of this kind"


@every_kind
def test_required_fields_are_named_when_they_are_missing(kind: Kind) -> None:
    required = {field.name for field in kind.fields if field.required}
    if required:
        with pytest.raises(InvalidInput) as caught:
            kind.parse({})
        assert required <= caught.value.fields.keys()


@pytest.mark.parametrize("name", ["process", "push"])
def test_one_of_several_must_be_given(name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        KindRegistry()[name].parse({})
    assert any("must be given" in text for text in caught.value.fields.values())


@every_kind
def test_schema_tells_of_each_field(kind: Kind) -> None:
    assert kind.json_schema["properties"].keys() == {field.name for field in kind.fields}


@every_kind
def test_deadline_out_of_range_is_refused_with_what_is_allowed(kind: Kind) -> None:
    with pytest.raises(InvalidInput) as caught:
        kind.parse({"deadline_seconds": 0})
    assert caught.value.fields["deadline_seconds"] == "must be at least 0.1, got 0"


@every_kind
def test_secrets_are_marked(kind: Kind) -> None:
    for field in kind.fields:
        assert field.secret or not is_secret_name(field.name) or field.name in PUBLIC, field.name
