"""What each type of relation means, in words that dialogs, the API and the docs share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from monitor_app.domain.relation import COMMUNICATION, DATA_FLOW, DEPENDENCY

Line = Literal["solid", "dashed", "dotted"]


@dataclass(frozen=True, slots=True)
class RelationTemplate:
    """One type. The arrow always leads from the source to the target; `line` is how it is drawn.

    `pattern` is the direction in words, with `{source}` and `{target}` in it. `verb` and `reversed_verb` begin a list:
    "web depends on: api, db", "db is needed by: web, api".
    """

    relation_type: str
    title: str
    verb: str
    reversed_verb: str
    pattern: str
    meaning: str
    suppresses_alerts: bool
    line: Line
    example: str

    def sentence(self, source: str, target: str) -> str:
        """The direction with the names put in: "web needs db to work"."""
        # Not by `format`: a label may hold braces.
        before, _, rest = self.pattern.partition("{source}")
        middle, _, after = rest.partition("{target}")
        return f"{before}{source}{middle}{target}{after}"


TEMPLATES: Final[Mapping[str, RelationTemplate]] = {
    template.relation_type: template
    for template in (
        RelationTemplate(
            DEPENDENCY,
            "Dependency",
            "depends on",
            "is needed by",
            "{source} needs {target} to work",
            "When the target is down, so is the source, because of it. When the target is back, the source is checked "
            "again at once.",
            True,
            "solid",
            "A shop cannot sell without its database: shop depends on db.",
        ),
        RelationTemplate(
            COMMUNICATION,
            "Communication",
            "talks to",
            "is talked to by",
            "{source} talks to {target}",
            "The source calls the target and can do without it for a while. It tells people who is affected; nothing "
            "follows from it.",
            False,
            "dashed",
            "A shop asks a recommender, and shows no hints when it is silent: shop talks to hints.",
        ),
        RelationTemplate(
            DATA_FLOW,
            "Data flow",
            "sends data to",
            "gets data from",
            "{source} sends data to {target}",
            "What the source writes arrives in the target. It tells people where data goes stale; nothing follows "
            "from it.",
            False,
            "dotted",
            "Each order ends up in the warehouse: shop sends data to stock.",
        ),
    )
}
