"""What `make check` makes of the reports about vulnerabilities."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

TOOL = Path(__file__).parents[2] / "tools/audit.py"


@pytest.fixture(scope="module")
def audit() -> Any:
    spec = importlib.util.spec_from_file_location("audit_tool", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_findings_of_both_services_are_told_once(audit: Any) -> None:
    packages = [
        {"name": "good", "version": "1", "vulns": []},
        {"name": "bad", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]},
    ]
    assert list(audit.python_findings(packages)) == [("bad 2", "PYSEC-1", "fixed in 2.1")]
    cause = {"source": 7, "severity": "high", "title": "Bad", "url": "https://github.com/advisories/GHSA-a-b-c"}
    report = {"bad": {"via": [cause]}, "user-of-bad": {"via": ["bad"]}}
    assert list(audit.npm_findings(report)) == [("npm bad", "GHSA-a-b-c", "high: Bad")]


def test_only_what_is_accepted_with_a_reason_passes(
    audit: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(audit, "_python", lambda: iter([("bad 2", "PYSEC-1", "fixed in 2.1")]))
    monkeypatch.setattr(audit, "_npm", lambda: iter([]))
    monkeypatch.setattr(audit, "ACCEPTED", tmp_path / "accepted.toml")
    audit.ACCEPTED.write_text("accepted = []")
    assert audit.main() == 1
    audit.ACCEPTED.write_text('[[accepted]]\nid = "PYSEC-1"\nwhy = "not used here"')
    assert audit.main() == 0
    with pytest.raises(ValueError, match="needs an id and why"):
        audit.accepted('[[accepted]]\nid = "PYSEC-1"')


def test_the_list_that_is_there_can_be_read(audit: Any) -> None:
    assert audit.accepted(TOOL.with_name("accepted_vulnerabilities.toml").read_text()) == {}
