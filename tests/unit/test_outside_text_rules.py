"""No code of ours can run text of others; and the search that says so finds what it is there to find."""

from functools import cache
from pathlib import Path

import pytest

from tests.outside_text_rules import Finding, in_python, in_script

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sorted([*(ROOT / "monitor_app").rglob("*.py"), *(ROOT / "alembic").rglob("*.py"), ROOT / "rxconfig.py"])
SCRIPTS = sorted(
    path
    for folder in ("monitor_app", "assets")
    for path in (ROOT / folder).rglob("*.js*")
    # What a build leaves there are copies of these.
    if path.suffix in (".js", ".jsx") and "external" not in path.parts
)

# What is found and may stay: file, a part of the code, and why. PRAGMAs and the definition of tables take no
# parameters; all that stands in these is a name or a number of ours.
ALLOWED = {
    ("alembic/versions/0002_history.py", "partitions.STRAYS"): "the name of a table in the source",
    ("alembic/versions/0002_history.py", "checked_at / {partitions.DAY_MS}"): "a number in the source",
    ("alembic/versions/0002_history.py", "bind.execute(days)"): "the statement above",
    ("alembic/versions/0002_history.py", "FROM {table} WHERE id > :last"): "two names of tables in the source",
    ("alembic/versions/0002_history.py", "bind.execute(blocks, "): "the statement above",
    ("alembic/versions/0002_history.py", "coalesce({highest}, 0)"): "a subquery in the source",
    ("monitor_app/components/browser/consul.jsx", "href={"): "a path of ours; or an address that is http or https",
    ("monitor_app/components/browser/help.jsx", "dangerouslySetInnerHTML"): "our own pages, made by the server",
    ("monitor_app/components/browser/incident.jsx", "href={"): "a path of ours, with a number",
    ("monitor_app/components/browser/queue_card.jsx", "href={"): "a path of ours, and encoded",
    ("monitor_app/components/browser/queues.jsx", "href={"): "a path of ours, and encoded",
    ("monitor_app/components/browser/report_jobs.jsx", "href={"): "a path of ours, with a name made here",
    ("monitor_app/components/installed.py", "href=f'{ICONS}/apple-touch-icon.png'"): "a file of ours",
    ("monitor_app/components/groups.py", "href='/?' + TagsState.sort"): "behind a path of ours, and encoded",
    ("monitor_app/components/profile_dialogs.py", "src=SecondFactorDialog.qr"): "a data URI made by security/totp.py",
    (
        "monitor_app/components/service_relations.py",
        "href='/admin/relations?service='",
    ): "a service_id: letters, digits and hyphens only",
    (
        "monitor_app/components/service_page/downtimes.py",
        "href='/api/services/' + ServicePage.sid",
    ): "a service_id: letters, digits and hyphens only",
    (
        "monitor_app/components/service_page/kind_facts.py",
        "href='/map?mode=impact&of=' + ServicePage.sid",
    ): "a service_id: letters, digits and hyphens only",
    (
        "monitor_app/components/service_page/kind_facts.py",
        "href='/services/' + row['sid']",
    ): "a service_id: letters, digits and hyphens only",
    (
        "monitor_app/components/service_page/timeline.py",
        "href='/incidents/' + row['incident']",
    ): "a number",
    ("monitor_app/components/shell.py", "rx.el.script(src='/early.js')"): "a file of ours",
    (
        "monitor_app/engine/leader.py",
        "SET idle_session_timeout",
    ): "a length of time in the source; SET takes no parameters",
    ("monitor_app/pages/group.py", "href=_address("): "behind a path of ours, and encoded",
    ("monitor_app/pages/help.py", "href=address"): "addresses in the source",
    ("monitor_app/storage/database.py", "PRAGMA user_version = {version:d}"): "a number, and formatted as one",
    ("monitor_app/storage/migrations.py", "{_ADVISORY_LOCK:d}"): "a number in the source",
    ("monitor_app/storage/partitions.py", "(LIKE {PARENT} "): "a name made of a day",
    (
        "monitor_app/storage/partitions.py",
        "WITH strays AS (DELETE FROM {STRAYS} ",
    ): "a name made of a day, and its two ends",
    ("monitor_app/storage/partitions.py", "ATTACH PARTITION {name}"): "a name made of a day, and its two ends",
    ("monitor_app/storage/partitions.py", "DROP TABLE {name}"): "a name that matched the pattern of such names",
    ("monitor_app/storage/sql_upkeep.py", "PRAGMA {name}"): "two names in the source",
    ("monitor_app/storage/sql_upkeep.py", "SELECT 1 FROM {name} "): "a name that matched the pattern of such names",
    ("monitor_app/storage/sql_upkeep.py", "connection.execute(query, "): "the statement above",
    ("monitor_app/storage/sql_upkeep.py", "DELETE FROM {partitions.STRAYS} "): "the name of a table in the source",
    ("monitor_app/storage/sql_upkeep.py", "text(strays)"): "the statement above",
    ("monitor_app/use_cases/configuration/group_reading.py", "text(placed, '"): "no SQL: a function of the reader",
    ("monitor_app/storage/sqlite.py", "PRAGMA foreign_keys = {int(has_foreign_keys)}"): "0 or 1",
}


@cache
def all_found() -> list[tuple[str, Finding]]:
    found = [(path, finding) for path in PYTHON for finding in in_python(path.read_text())]
    found += [(path, finding) for path in SCRIPTS for finding in in_script(path.read_text())]
    return [(str(path.relative_to(ROOT)), finding) for path, finding in found]


def test_nothing_runs_text_of_others() -> None:
    found = [
        f"{name}:{finding.line}: {finding.rule}: {finding.code}"
        for name, finding in all_found()
        if not any(name == file and part in finding.code for file, part in ALLOWED)
    ]
    assert not found, "\n".join(found)


def test_each_exception_is_still_needed() -> None:
    found = all_found()
    unused = [
        (file, part) for file, part in ALLOWED if not any(name == file and part in one.code for name, one in found)
    ]
    assert not unused


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("loader", "import pickle"),
        ("loader", "import marshal as m"),
        ("loader", "import os, shelve"),
        ("loader", "from pickle import loads"),
        ("loader", "def f():\n    import cloudpickle"),
        ("loader", "yaml.load(text, Loader=yaml.SafeLoader)"),
        ("loader", "yaml.unsafe_load(text)"),
        ("loader", "yaml.full_load_all(text)"),
        ("loader", "from yaml import load"),
        ("evaluation", "eval(text)"),
        ("evaluation", "exec(text)"),
        ("evaluation", "exec(compile(text, '', 'exec'))"),
        ("evaluation", "__import__(name)"),
        ("evaluation", "builtins.eval(text)"),
        ("evaluation", "rx.call_script(f'show({text})')"),
        ("evaluation", "rx.run_script('show(' + text + ')')"),
        ("evaluation", "rx.call_script(script)"),
        ("shell", "subprocess.run(command, shell=True)"),
        ("shell", "subprocess.Popen(command, shell=is_shell)"),
        ("shell", "os.system(command)"),
        ("shell", "os.popen(command)"),
        ("shell", "from os import system"),
        ("shell", "async def f():\n    await asyncio.create_subprocess_shell(command)"),
        ("shell", "subprocess.getoutput(command)"),
        ("markup", "rx.html(text)"),
        ("markup", "rx.markdown(text)"),
        ("markup", "rx.script(text)"),
        ("markup", "rx.el.iframe(src_doc=text)"),
        ("markup", "rx.el.div(dangerously_set_inner_html={'__html': text})"),
        ("markup", "rx.el.div(custom_attrs={'dangerouslySetInnerHTML': text})"),
        ("markup", "setattr(element, 'innerHTML', text)"),
        ("address", "rx.el.a(href=State.url)"),
        ("address", "rx.link('x', href=f'//{host}')"),
        ("address", "rx.el.form(action=text)"),
        ("address", "rx.image(src=row['picture'])"),
        ("sql", "text(f'SELECT * FROM service WHERE label = {label}')"),
        ("sql", "text('SELECT ' + columns)"),
        ("sql", "text('SELECT %s' % column)"),
        ("sql", "text('SELECT {}'.format(column))"),
        ("sql", "sa.text(statement)"),
        ("sql", "sa.text(', '.join(names))"),
        ("sql", "async def f():\n    await conn.exec_driver_sql(f'PRAGMA {name}')"),
        ("sql", "conn.exec_driver_sql(statement)"),
        ("sql", "conn.execute('DELETE FROM ' + table)"),
        ("sql", "conn.execute(f'{verb} x')"),
        ("sql", "connection.fetch('SET x = %s' % value)"),
        ("sql", "def f(label):\n    query = f'x = {label}'\n    conn.execute(query)"),
        ("sql", "def f(label):\n    query = 'x = 1'\n    query += f' AND y = {label}'\n    conn.execute(query)"),
        ("sql", "def f(label):\n    query = f'x = {label}'\n    def g():\n        conn.execute(text(query))"),
        ("sql", "QUERY = f'x {y}'\ndef f():\n    conn.execute(QUERY)"),
        ("sql", "query = f'INSERT INTO service VALUES ({label})'"),
        ("sql", "run('UPDATE service SET label = ' + label)"),
        ("sql", "run('DELETE FROM {}'.format(table))"),
        ("sql", "run(f'DROP TABLE {table}')"),
        ("sql", "run('ALTER TABLE %s' % table)"),
        ("sql", "select(literal_column(name))"),
    ],
)
def test_bad_python_is_found(rule: str, code: str) -> None:
    assert rule in {finding.rule for finding in in_python(code)}


@pytest.mark.parametrize(
    "code",
    [
        "text('SELECT 1')",
        "text('SELECT 1 ' 'FROM service')",
        "text('SELECT 1 ' + 'FROM service')",
        "QUERY = 'SELECT 1'\ndef f():\n    conn.execute(text(QUERY), {'label': label})",
        "conn.execute(text(queries.ALL))",
        "conn.execute(select(Row).where(Row.label == label))",
        "conn.execute(insert(Row), rows)",
        "thresholds.text(value)",
        "message = f'UPDATED {count} services'",
        "message = f'select a service: {names}'",
        "re.compile(pattern)",
        "subprocess.run(command, shell=False)",
        "asyncio.create_subprocess_exec(*command)",
        "model.eval_count",
        "yaml.parse(text)",
        "json.loads(text)",
        "rx.el.a('Help', href='/help')",
        "rx.el.a('Help', href=HELP)",
        "rx.el.a('Help', href='/a' if is_a else '/b')",
        "rx.call_script('window.print()')",
    ],
)
def test_good_python_is_left_alone(code: str) -> None:
    assert in_python(code) == []


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("markup", "<div dangerouslySetInnerHTML={{__html: row.label}} />"),
        ("markup", "node.innerHTML = row.label"),
        ("markup", "node.outerHTML = row.label"),
        ("markup", "node.insertAdjacentHTML('beforeend', row.label)"),
        ("markup", "document.write(row.label)"),
        ("markup", "new DOMParser().parseFromString(row.label, 'text/html')"),
        ("markup", "<iframe srcdoc='x' />"),
        ("evaluation", "eval(row.label)"),
        ("evaluation", "new Function(row.label)()"),
        ("evaluation", "setTimeout(`show(${row.label})`, 5)"),
        ("evaluation", 'setInterval("tick()", 5)'),
        ("address", "<a href={row.url}>x</a>"),
        ("address", "<img src={row.picture} />"),
        ("address", "<form action={row.url} />"),
        ("address", 'location = "javascript:" + row.label'),
    ],
)
def test_bad_script_is_found(rule: str, code: str) -> None:
    assert [finding.rule for finding in in_script(f"\n{code}\n")] == [rule]
    assert in_script(f"\n{code}\n")[0].line == 2


@pytest.mark.parametrize(
    "code",
    [
        "<b>{row.label}</b>",
        "setTimeout(() => show(row.label), 5)",
        '<a href={"/help"}>Help</a>',
        "node.textContent = row.label",
        "isFunction(value)",
        "const source = row.src",
    ],
)
def test_good_script_is_left_alone(code: str) -> None:
    assert in_script(code) == []


def test_where_it_is_found_is_told() -> None:
    code = "import os\n\n\ndef f(command):\n    return os.system(command)\n"
    assert in_python(code) == [Finding(5, "shell", "os.system(command)")]


def test_all_of_the_program_is_searched() -> None:
    assert len(PYTHON) > 200
    assert {"board_feed.jsx", "store.js"} <= {path.name for path in SCRIPTS}
