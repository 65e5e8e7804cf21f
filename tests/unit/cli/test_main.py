"""The command line: commands are found, errors are one clear line, nothing ends in a traceback."""

import gc
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor_app import __version__, cli
from monitor_app.errors import LightbulbError

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def own_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """A database path of the test's own; what a command does to logging is undone."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setenv("SQLITE_DB_PATH", str(tmp_path / "lightbulb.db"))
    monkeypatch.setenv("ENVIRONMENT", "production")
    yield tmp_path / "lightbulb.db"
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)


def test_garbage_is_looked_for_again_as_soon_as_the_command_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen: list[bool] = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(gc.isenabled()))
    gc.disable()  # as __main__ does it
    try:
        with pytest.raises(SystemExit):
            cli.main(["headers", "--help"])
        assert gc.isenabled()
    finally:
        gc.enable()
    assert frozen == [False]


def test_help_lists_every_command_with_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    text = capsys.readouterr().out
    for name, summary in cli.commands().items():
        assert f"  {name}" in text
        assert summary.endswith(".")
    assert {"serve", "migrate", "check", "demo", "doctor", "bench"} <= set(cli.commands())


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"lightbulb {__version__}\n"


@pytest.mark.parametrize(("name", "hint"), [("serv", "did you mean serve?"), ("xyzzy", "there are admin, ")])
def test_unknown_command_is_told_with_what_there_is(capsys: pytest.CaptureFixture[str], name: str, hint: str) -> None:
    assert cli.main([name]) == 2
    assert hint in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(cli.commands()))
def test_each_command_has_help(capsys: pytest.CaptureFixture[str], name: str) -> None:
    if name == "bench":  # its benchmarks have the options
        assert cli.main(["bench"]) == 2
        assert "bench NAME" in capsys.readouterr().out
        return
    with pytest.raises(SystemExit) as caught:
        cli.main([name, "--help"])
    assert caught.value.code == 0
    assert f"python -m monitor_app {name}" in capsys.readouterr().out


def test_broken_setting_stops_any_command_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "70000")
    assert cli.main(["migrate"]) == 2
    assert capsys.readouterr().err == "lightbulb: PORT: must be a whole number from 1 to 65535, got '70000'\n"


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (LightbulbError("do this"), 2, "lightbulb: do this\n"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 0, ""),
    ],
)
def test_errors_of_a_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, text: str
) -> None:
    def fail(args: object) -> int:
        raise error

    monkeypatch.setattr("monitor_app.cli.migrate.run", fail)
    monkeypatch.setattr("sys.stderr.close", lambda: None)
    assert cli.main(["migrate"]) == code
    assert capsys.readouterr().err == text


def test_migrate_makes_the_tables_and_goes_back(own_database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["migrate"]) == 0
    assert own_database.exists()
    assert "is at revision 0" in capsys.readouterr().out
    assert cli.main(["migrate", "--to", "base"]) == 0
    assert capsys.readouterr().out.endswith("is at revision base\n")


def test_serve_refuses_a_host_that_others_reach(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_database: Path
) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    assert cli.main(["serve"]) == 2
    text = capsys.readouterr().err
    assert "HOST: must be 127.0.0.1" in text
    assert "admin create" in text


def test_serve_tells_of_a_taken_port_before_it_does_anything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_database: Path
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        assert cli.main(["serve"]) == 2
    output = capsys.readouterr()
    assert f"PORT: {port} is taken by" in output.err
    assert output.out == ""
    assert not own_database.exists()


def test_serve_outside_of_its_folder_says_where_to_start_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["serve"]) == 2
    assert "the one with rxconfig.py" in capsys.readouterr().err


def test_serve_tells_of_keys_in_the_env_file_that_look_like_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("PROT=4000\nHOST=0.0.0.0\n")
    (tmp_path / "rxconfig.py").touch()
    assert cli.main(["serve"]) == 2
    assert "PROT is not a setting; did you mean PORT?" in capsys.readouterr().err


def test_doctor_says_what_is_in_order_and_how_to_mend_the_rest(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_database: Path
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        monkeypatch.setenv("PORT", str(listener.getsockname()[1]))
        assert cli.main(["doctor", "--settings"]) == 1
    text = capsys.readouterr().out
    assert "fail  port: not in order" in text
    assert f"(process {os.getpid()})" in text
    assert "ok    node: v" in text
    assert "made at the first start" in text
    assert f"SQLITE_DB_PATH={own_database}" in text


def test_doctor_looks_into_the_database(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], own_database: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PORT", str(free.getsockname()[1]))
    cli.main(["migrate"])
    assert cli.main(["doctor"]) == 0
    text = capsys.readouterr().out
    assert "can be written, revision" in text
    assert "KB; 0 results" in text
    assert "too young to tell how fast it grows" in text
    cli.main(["migrate", "--to", "base"])
    assert cli.main(["doctor"]) == 1
    assert "python -m monitor_app migrate" in capsys.readouterr().out
    own_database.write_text("this is no database, but long enough to be one" * 30)
    assert cli.main(["doctor"]) == 1
    assert "fail  database" in capsys.readouterr().out
