"""The security headers for an nginx that serves the pages itself."""

from pathlib import Path

import pytest

from monitor_app import cli


def test_headers_name_the_scripts_of_the_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "index.html").write_text("<script>start()</script>")
    assert cli.main(["headers", "--build", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith(("#", "add_header ")) for line in lines)
    assert 'add_header X-Frame-Options "DENY" always;' in lines
    policy = next(line for line in lines if "Content-Security-Policy" in line)
    assert "'sha256-" in policy
    assert policy.count('"') == 2


def test_without_a_build_it_says_how_to_get_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["headers", "--build", str(tmp_path)]) == 2
    assert "make run" in capsys.readouterr().err
