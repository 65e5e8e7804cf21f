"""What is sent along."""

import pytest

from monitor_app.checks.http.content import sent_content


def test_each_type_is_sent_as_it_should_be() -> None:
    assert sent_content(" {x", "raw") == " {x"
    assert sent_content('{"a": 1}', "json") == '{"a": 1}'
    assert sent_content("a: 1\n\nb: x & y\na:", "form") == "a=1&b=x+%26+y&a="
    assert sent_content("", "json") == sent_content("", "form") == ""


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('{"a": }', "must be JSON when body_type is json: Expecting value at line 1, character 7"),
        ('{\n "a" 1}', "line 2, character 6"),
        ("{'hunter2': 1}", "Expecting property name"),
        ("NaN", "NaN, Infinity or is nested too deeply"),
        ("[" * 50_000, "nested too deeply"),
    ],
)
def test_bad_json_is_told_with_its_place(body: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        sent_content(body, "json")
    assert message in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_form_has_a_name_in_each_line() -> None:
    with pytest.raises(ValueError, match="line 2 has none") as caught:
        sent_content("a: 1\nhunter2", "form")
    assert "hunter2" not in str(caught.value)
