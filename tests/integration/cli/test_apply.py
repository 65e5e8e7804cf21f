"""`python -m monitor_app apply`: what it prints, what it leaves as it was, and its exit codes."""

import json
from pathlib import Path

import pytest

from monitor_app import cli
from monitor_app.errors import InvalidInput
from monitor_app.settings import Settings, load_settings
from monitor_app.use_cases.configuration.files import find_files, read_files, substitution_for

FILE = """\
services:
  web:
    label: Web
    status_config: {url: "http://127.0.0.1:1/", headers: {Cookie: "${SHOP_COOKIE}"}}
  db: {kind: tcp, status_config: {host: 127.0.0.1, port: 5432}}
relations:
  - {source: web, target: db}
"""


@pytest.fixture
def folder(tmp_path: Path, empty_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty database beside an empty directory, in which the command line works."""
    (tmp_path / "lightbulb.db").write_bytes((empty_sqlite / "lightbulb.db").read_bytes())
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'lightbulb.db'}")
    monkeypatch.setenv("SHOP_COOKIE", "canary-cookie-881")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    (tmp_path / "conf.d").mkdir()
    monkeypatch.chdir(tmp_path / "conf.d")
    Path("services.yaml").write_text(FILE)
    return tmp_path / "conf.d"


Captured = pytest.CaptureFixture[str]


def test_plan_then_apply_then_nothing(folder: Path, capsys: Captured) -> None:
    plan = """\
+ service web (services.yaml:2): http http://127.0.0.1:1/
+ service db (services.yaml:5): tcp 127.0.0.1:5432
+ relation web -> db (dependency) (services.yaml:7)

"""
    assert cli.main(["apply", "services.yaml", "--dry-run", "--exit-code"]) == 1
    assert capsys.readouterr().out == f"{plan}3 to add, 0 unchanged\n"
    assert cli.main(["apply", "services.yaml"]) == 0
    assert capsys.readouterr().out == f"{plan}3 added, 0 unchanged\n"
    assert cli.main(["apply", "services.yaml", "--exit-code"]) == 0
    assert capsys.readouterr().out == "nothing to change, 3 unchanged\n"


def test_changes_are_shown_and_removals_need_a_word(folder: Path, capsys: Captured) -> None:
    cli.main(["apply", "services.yaml"])
    Path("services.yaml").write_text(FILE.replace("label: Web", "label: Shop").split("  db:")[0])
    capsys.readouterr()

    assert cli.main(["apply", "services.yaml", "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "~ service web (services.yaml:2)",
        '    label: "Web" -> "Shop"',
        "in no file any more, but kept (prune removes them): service db, relation web -> db (dependency)",
        "",
        "1 to change, 0 unchanged",
    ]
    assert cli.main(["apply", "services.yaml", "--prune"]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "- service db",
        "- relation web -> db (dependency)",
        "",
        "1 changed, 2 removed, 0 unchanged",
    ]


def test_problems_have_file_line_and_field(folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SHOP_COOKIE")
    Path("other.yaml").write_text("services: {db: {kind: tcp, status_config: {host: h, port: 0}}}\n")

    assert cli.main(["apply", "services.yaml"]) == 2
    told = capsys.readouterr()
    assert told.err.splitlines() == [
        "services.yaml:4: web.status_config.headers: needs the variable SHOP_COOKIE, which is not set: set it, or "
        "write ${SHOP_COOKIE:-default}",
        "lightbulb: nothing was applied: 1 problem",
    ]
    assert cli.main(["apply", "other.yaml", "--json"]) == 2
    assert json.loads(capsys.readouterr().out) == {
        "problems": [{"file": "other.yaml", "line": 1, "field": "db.port", "message": "must be at least 1, got 0"}]
    }


def test_overlay_of_the_environment(folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("services.prod.yml").write_text("services: {web: {label: Production}, db: null}\nrelations: []\n")
    Path("services.test.json").write_text('{"services": {"web": {"label": "Test"}}}')

    assert cli.main(["apply", "services.yaml", "--env", "test"]) == 0
    monkeypatch.setenv("CONFIG_ENV", "test")
    assert cli.main(["apply", "services.yaml"]) == 0
    assert capsys.readouterr().out.endswith("nothing to change, 3 unchanged\n")

    assert cli.main(["apply", "services.yaml", "--env", "nowhere"]) == 2
    assert "env: there is no overlay for nowhere: services.nowhere.yaml does not exist" in capsys.readouterr().err
    assert cli.main(["apply", "services.yaml", "--env", "../x"]) == 2
    assert "env: must be at most 40 letters" in capsys.readouterr().err


def test_directory_is_applied_as_the_watch_does(
    folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("services.prod.yaml").write_text("services: {web: null}")
    Path(".hidden.yaml").write_text("[")
    Path("notes.txt").write_text("[")
    Path("more.json").write_text('{"groups": {"Shop": {}}}')

    assert cli.main(["apply", ".", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert {change["file"] for change in plan["changes"]} == {"conf.d/services.yaml", "conf.d/more.json"}
    assert (plan["add"], plan["applied"]) == (4, True)
    assert "canary" not in str(plan)

    monkeypatch.setenv("CONFIG_DIR", str(folder))  # its files are known by it, also one by one
    assert cli.main(["apply", "services.yaml"]) == 0
    Path("more.json").unlink()
    assert cli.main(["apply", ".", "--prune"]) == 0
    assert capsys.readouterr().out.endswith("1 removed, 3 unchanged\n")


@pytest.mark.parametrize(
    ("name", "told"),
    [("gone.yaml", "gone.yaml: does not exist"), ("notes.txt", "notes.txt: must end with .yaml, .yml, .json")],
)
def test_what_is_no_configuration_file_is_told(folder: Path, capsys: Captured, name: str, told: str) -> None:
    Path("notes.txt").write_text("hello")

    assert cli.main(["apply", name]) == 2
    assert told in capsys.readouterr().err


def test_own_secrets_are_not_given_away(folder: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    cli.main(["apply", "services.yaml"])  # makes the key file
    Path("services.yaml").write_text(
        "services: {a: {label: '${DATABASE_URL}', group: '${file:../secret.key}', status_config: {url: 'http://x'}}}"
    )
    capsys.readouterr()

    assert cli.main(["apply", "services.yaml"]) == 2
    told = capsys.readouterr().err
    assert "needs the variable DATABASE_URL, which is not set" in told
    assert "must not use ../secret.key, which is Lightbulb's own" in told


def test_too_long_names_and_unreadable_files_are_told(folder: Path) -> None:
    long = folder / f"{'x' * 210}.yaml"
    long.write_text("")
    with pytest.raises(InvalidInput, match="at most 200 characters"):
        find_files(long)
    files = find_files(folder / "services.yaml")
    (folder / "services.yaml").unlink()
    with pytest.raises(InvalidInput, match="cannot be read: no such file"):
        read_files(files, substitution_for(load_settings(), folder))


def test_own_secrets_are_not_given_away_by_other_ways(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own, settings = folder / ".env", load_settings()
    own.write_text("secret_key=canary-key\nHEARTBEAT_URL=https://hc.example/canary\nSHOP_TOKEN=shop\n")
    monkeypatch.setitem(Settings.model_config, "env_file", own)
    monkeypatch.setenv("database_url", "postgresql://canary@db/x")
    monkeypatch.delenv("SHOP_TOKEN", raising=False)
    substitution = substitution_for(settings, folder)

    assert substitution.value("SHOP_TOKEN") == "shop"
    for name in ("secret_key", "HEARTBEAT_URL", "database_url"):
        with pytest.raises(ValueError, match="which is not set"):
            substitution.value(name)
    with pytest.raises(ValueError, match="which is Lightbulb's own"):
        substitution.value("file:.env")
