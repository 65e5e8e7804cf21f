"""The example of the documentation is what it says."""

import re
from pathlib import Path

from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.configuration.drafting import DEFAULT, Present, draft
from monitor_app.use_cases.configuration.reading import Source, read_document
from monitor_app.use_cases.configuration.substitution import Substitution

PAGE = Path(__file__).resolve().parents[4] / "docs/configuration.md"
NOTHING = Present(0, (), (), ())


def block(name: str) -> str:
    """The example that begins with this file name."""
    found = re.search(rf"^```yaml\n(# {re.escape(name)}\n.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


def test_example_can_be_applied() -> None:
    document = read_document(
        block("services.yaml"), "yaml", "services.yaml", substitution=Substitution({"SHOP_TOKEN": "x"})
    )

    plan = draft(KindRegistry(), NOTHING, [document], DEFAULT).plan

    assert [change.name for change in plan.changes] == [
        "web",
        "db-main",
        "nightly-backup",
        "web -> db-main (dependency)",
        "Shop",
    ]


def test_example_of_an_overlay_needs_no_secret_any_more() -> None:
    overlay = Source("services.prod.yaml", block("services.prod.yaml"))
    document = read_document(
        block("services.yaml"), "yaml", "services.yaml", overlay=overlay, substitution=Substitution({})
    )

    plan = draft(KindRegistry(), NOTHING, [document], DEFAULT).plan

    assert [change.name for change in plan.changes] == ["web", "db-main", "Shop"]
    assert document.services[0].values["interval_seconds"] == 10
