"""The names of colours."""

import pytest

from monitor_app.domain.colour import COLOURS, given_colour
from monitor_app.errors import InvalidInput


def test_known_colours_and_none_are_taken() -> None:
    assert [given_colour("colour", name) for name in (*COLOURS, "")] == [*COLOURS, ""]


@pytest.mark.parametrize("value", ["#ff0000", "Red", None, 3, ["red"]], ids=repr)
def test_others_are_refused_with_those_that_there_are(value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        given_colour("colour", value)
    assert "red, orange" in refused.value.fields["colour"]
