"""`export` and `import` as somebody types them."""

import io
import sqlite3
from pathlib import Path

import pytest

from monitor_app import cli
from monitor_app.cli.import_ import Progress
from monitor_app.security.vault import KeyFile

FILES = Path(__file__).parents[2] / "imported"
SECRET = "hunter2-hunter2"
SHOP = f"""\
services:
  shop:
    status_config: {{url: https://shop.example/, auth: basic, username: anna, password: {SECRET}}}
  db: {{kind: tcp, status_config: {{host: db.example, port: 5432}}}}
relations: [{{source: shop, target: db}}]
"""


@pytest.fixture
def folder(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty installation with its key."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "secret.key"))
    KeyFile(tmp_path / "secret.key").make()
    (tmp_path / "shop.yaml").write_text(SHOP)
    (tmp_path / "passphrase").write_text("quiet harbour anvil\n")
    return tmp_path


def test_file_goes_in_and_comes_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(folder / "shop.yaml")
    assert cli.main(["import", file, "--dry-run"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "+ service shop",
        "+ service db",
        "+ relation shop -> db (dependency)",
        "Would add 3, change 0; 0 unchanged, 0 skipped, 0 wrong. Nothing was written.",
    ]
    assert cli.main(["import", file]) == 0
    told = capsys.readouterr()
    assert told.out == "Added 3, changed 0; 0 unchanged, 0 skipped, 0 wrong.\n"
    assert "checked 2 of 2" in told.err
    assert cli.main(["import", file]) == 0
    assert capsys.readouterr().out == "Nothing to do: 3 unchanged, 0 skipped, 0 wrong.\n"
    assert cli.main(["export"]) == 0
    told = capsys.readouterr()
    assert "password: '***'" in told.out
    assert SECRET not in told.out
    assert cli.main(["export", "--format", "csv", "--table", "relations"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == "shop,db,dependency,true,"


def test_secrets_go_out_encrypted_into_a_file_of_ones_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["import", str(folder / "shop.yaml")])
    out, passphrase = folder / "out.json", ["--passphrase-file", str(folder / "passphrase")]
    assert cli.main(["export", "--format", "json", "--out", str(out), *passphrase]) == 0
    assert (out.stat().st_mode & 0o777, SECRET in out.read_text()) == (0o600, False)
    assert cli.main(["import", str(out)]) == 1
    assert "is encrypted: give the passphrase" in capsys.readouterr().err
    (folder / "passphrase").write_text("another harbour\n")
    assert cli.main(["import", str(out), *passphrase]) == 2
    assert capsys.readouterr().err.endswith("lightbulb: passphrase: is not the one that this was exported with\n")
    (folder / "passphrase").write_text("quiet harbour anvil\r\n")
    assert cli.main(["import", str(out), *passphrase]) == 0
    (folder / "passphrase").write_text("short\n")
    assert cli.main(["export", *passphrase]) == 2
    assert "must have at least 12 characters" in capsys.readouterr().err


def test_what_is_wrong_is_told_with_file_and_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "shop.yaml"
    file.write_text(SHOP.replace("5432", "99999"))
    assert cli.main(["import", str(file)]) == 1
    told = capsys.readouterr()
    assert "shop.yaml:4: db.port: must be at most 65535, got 99999\n" in told.err
    assert told.err.endswith("Nothing was written: mend what is wrong, or take the rest with --partial.\n")
    assert cli.main(["import", str(file), "--partial"]) == 1
    assert capsys.readouterr().out == "Added 1, changed 0; 0 unchanged, 0 skipped, 2 wrong.\n"
    file.write_text(SHOP.replace("shop.example/", "shop.example/new"))
    assert cli.main(["import", str(file), "--on-conflict", "update", "--dry-run"]) == 0
    told = capsys.readouterr()
    assert "~ service shop\n    status_config.url: 'https://shop.example/' -> 'https://shop.example/new'\n" in told.out
    assert cli.main(["import", str(file), "--on-conflict", "skip"]) == 0
    assert "Added 2, changed 0; 0 unchanged, 1 skipped" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "why"),
    [("missing.yaml", "no such file"), ("", "is a directory"), ("passphrase", "the name of the file")],
)
def test_what_is_no_file_to_import_is_told(
    folder: Path, name: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(folder / name)] if name else [str(folder), "--format", "yaml"]
    assert cli.main(["import", *arguments]) == 2
    assert why in capsys.readouterr().err


def test_nowhere_to_write_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["export", "--out", str(folder / "missing" / "out.yaml")]) == 2
    assert "cannot be written" in capsys.readouterr().err
    assert cli.main(["export", "--passphrase"]) == 2
    assert "cannot be asked for without a terminal" in capsys.readouterr().err


def test_other_monitors_come_with_notes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(folder / "kuma.db") as conn:
        conn.executescript((FILES / "kuma.sql").read_text())
    conn.close()
    assert cli.main(["import", "--from", "uptime-kuma", str(folder / "kuma.db"), "--dry-run"]) == 0
    told = capsys.readouterr()
    assert "note: monitor 13 (Container): is not taken: type docker has no counterpart\n" in told.out
    assert "23 found, 18 of them can be taken.\n" in told.out
    assert "+ service front-page\n" in told.out
    assert SECRET not in told.out + told.err
    assert cli.main(["import", "--from", "gatus", str(FILES / "gatus.yaml")]) == 0
    modules = ["--modules", str(FILES / "blackbox.yml")]
    assert cli.main(["import", "--from", "blackbox", str(FILES / "prometheus.yml"), *modules]) == 0
    told = capsys.readouterr()
    assert "note: line 31: endpoint Redirects: interval: 1 s became 5 s\n" in told.out
    assert "Added 4, changed 0" in told.out


class Terminal(io.StringIO):
    """One that is looked at."""

    def isatty(self) -> bool:
        return True


def test_progress_is_a_bar_on_a_terminal_and_few_lines_elsewhere() -> None:
    terminal, file = Terminal(), io.StringIO()
    for out in (terminal, file):
        progress = Progress(out)
        for done in range(100, 5001, 100):
            progress("checked", done, 5000)
    assert terminal.getvalue().endswith(f"\rchecked  [{'#' * 40}] 5000/5000\n")
    assert terminal.getvalue().count("\n") == 1
    assert file.getvalue().count("\n") == 11
