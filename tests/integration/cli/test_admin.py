"""`python -m monitor_app admin`, as it is typed."""

import io
from pathlib import Path

import pytest

from monitor_app import cli
from tests.accounts import PASSWORD


@pytest.fixture(autouse=True)
def _database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SQLITE_DB_PATH", str(tmp_path / "lightbulb.db"))


def admin(monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return cli.main(["admin", *arguments])


def test_an_administrator_is_made_listed_and_gets_another_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert admin(monkeypatch, "list") == 0
    assert admin(monkeypatch, "link") == 0
    out = capsys.readouterr().out
    assert "There are no accounts." in out
    assert "/setup#" in out
    assert admin(monkeypatch, "create", "--username", "Ada", typed=f"{PASSWORD}\n") == 0
    assert "ada is an administrator" in capsys.readouterr().out
    assert admin(monkeypatch, "reset-password", "ada", "--drop-second-factor", typed=f"{PASSWORD}-b\n") == 0
    assert admin(monkeypatch, "list") == 0
    assert admin(monkeypatch, "link") == 0
    out = capsys.readouterr().out
    assert "ada has a new password and no second factor" in out
    assert "ada                      admin; never logged in" in out
    assert "There is an administrator" in out


def test_what_is_wrong_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert admin(monkeypatch, "create", typed="short\n") == 2
    assert "password: must have at least 12 characters" in capsys.readouterr().err
    assert admin(monkeypatch, "create", typed="") == 2
    assert "password: is required" in capsys.readouterr().err
    assert admin(monkeypatch, "reset-password", "ada", typed=f"{PASSWORD}\n") == 2
    assert "No account is called 'ada'" in capsys.readouterr().err


def test_on_a_terminal_the_password_is_asked_for_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = iter([PASSWORD, PASSWORD + "x", PASSWORD, PASSWORD])
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    assert cli.main(["admin", "create"]) == 2
    assert "the same both times" in capsys.readouterr().err
    assert cli.main(["admin", "create"]) == 0


def test_ctrl_d_at_the_question_is_no_crash(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ended(prompt: str) -> str:
        raise EOFError

    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    monkeypatch.setattr("getpass.getpass", ended)
    assert cli.main(["admin", "create"]) == 2
    assert "password: was not given" in capsys.readouterr().err
    assert cli.main(["export", "--passphrase"]) == 2
    assert "passphrase: was not given" in capsys.readouterr().err
