"""What a check shows in full, for tests of single kinds."""

from typing import Any

from monitor_app.domain.report import document
from monitor_app.domain.result import ProbeResult


def sections(result: ProbeResult) -> dict[str, dict[str, Any]]:
    """The sections that the kind tells, by their titles, as they would be stored."""
    assert result.tell is not None
    return {section["title"]: section for section in document(result.tell())["sections"]}
