"""What the types of relations mean, in words."""

from monitor_app.domain.relation import RELATION_TYPES
from monitor_app.domain.relation_templates import TEMPLATES


def test_every_type_has_a_template_of_its_own() -> None:
    assert tuple(TEMPLATES) == RELATION_TYPES
    assert [name for name, template in TEMPLATES.items() if template.suppresses_alerts] == ["dependency"]
    assert len({template.line for template in TEMPLATES.values()}) == 3


def test_direction_is_told_with_the_names() -> None:
    assert TEMPLATES["dependency"].sentence("web", "db") == "web needs db to work"
    assert TEMPLATES["communication"].sentence("{target}", "db") == "{target} talks to db"
