"""Reading configuration files: defaults, overlays, values from outside, and what is wrong with its line."""

import json
import time
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor_app.security.placed import parse_placed
from monitor_app.use_cases.configuration.document import (
    PROBLEMS_LIMIT,
    RELATION_FIELDS,
    SERVICE_FIELDS,
    ConfigFileError,
    Document,
    GroupEntry,
    Place,
    Problem,
    RelationEntry,
    ServiceEntry,
)
from monitor_app.use_cases.configuration.reading import PARTS, Source, read_document, read_partly
from monitor_app.use_cases.configuration.substitution import Substitution


def read(text: str, overlay: str = "", **variables: str) -> Document:
    upper = Source("services.prod.yaml", overlay) if overlay else None
    return read_document(text, "yaml", "services.yaml", overlay=upper, substitution=Substitution(variables))


def problems(text: str, overlay: str = "") -> list[str]:
    with pytest.raises(ConfigFileError) as caught:
        read(text, overlay)
    return str(caught.value).splitlines()


def only(document: Document) -> ServiceEntry:
    (entry,) = document.services
    return entry


DEFAULT_FIELDS = "service_type, kind, group, environment, tags, status_config, metric_config, interval_seconds, enabled"
FULL = """\
x-shared: &shared
  tags: [shop]
  status_config: {deadline_seconds: 3}
defaults:
  interval_seconds: 30
  group: All
  kinds:
    http:
      group: Web
      status_config: {method: HEAD, deadline_seconds: 9}
services:
  web:
    <<: *shared
    label: Web
    status_config:
      url: https://shop.example.org
  db:
    kind: tcp
    group: null
    status_config: {host: db, port: 5432}
relations:
  - {source: web, target: db}
  - source: web
    target: db
    relation_type: communication
    enabled: false
    note: " orders "
groups:
  Web: {description: what people see}
  Empty:
"""


def test_everything_a_file_may_say() -> None:
    document = read(FULL)

    assert {entry.service_id: entry.values for entry in document.services} == {
        "web": {
            "interval_seconds": 30,
            "group": "Web",
            "status_config": {"method": "HEAD", "deadline_seconds": 9, "url": "https://shop.example.org"},
            "tags": ["shop"],
            "label": "Web",
        },
        "db": {"interval_seconds": 30, "kind": "tcp", "status_config": {"host": "db", "port": 5432}},
    }
    assert document.relations == (
        RelationEntry("web", "db"),
        RelationEntry("web", "db", "communication", enabled=False, note="orders"),
    )
    assert document.groups == (GroupEntry("Web", "what people see"), GroupEntry("Empty"))
    assert [str(place) for place in document.kinds.values()] == ["services.yaml:8"]


def test_fields_know_their_lines() -> None:
    web = read(FULL).services[0]

    places = {name: str(web.place_of(name)) for name in ("label", "url", "method", "tags", "group", "enabled", "x")}
    assert places == {
        "label": "services.yaml:14",
        "url": "services.yaml:16",
        "method": "services.yaml:10",
        "tags": "services.yaml:2",
        "group": "services.yaml:9",
        "enabled": "services.yaml:12",
        "x": "services.yaml:15",
    }


def test_json_says_the_same() -> None:
    plain = yaml.safe_load(FULL)
    document = read_document(json.dumps(plain, indent=1), "json", "services.json")

    assert document.services == read(FULL).services
    assert document.services[0].place.line is not None


OVERLAY = """\
services:
  web:
    label: Shop
    tags: null
    status_config: {deadline_seconds: 5, method: null}
  db: null
  cache: {kind: tcp, status_config: {host: cache, port: 1}}
relations:
  - {source: web, target: db, remove: true}
  - {source: web, target: db, relation_type: communication, enabled: true}
  - {source: web, target: cache}
"""


def test_overlay_is_laid_over_the_file() -> None:
    document = read(FULL, OVERLAY)

    web, cache = document.services
    assert (web.values["label"], "tags" in web.values, cache.service_id) == ("Shop", False, "cache")
    # What the overlay takes away has its default again.
    assert web.values["status_config"] == {
        "method": "HEAD", "deadline_seconds": 5, "url": "https://shop.example.org"
    }  # fmt: skip
    assert document.relations == (
        RelationEntry("web", "db", "communication", enabled=True, note="orders"),
        RelationEntry("web", "cache"),
    )
    assert str(web.place_of("label")) == "services.prod.yaml:3"
    assert document.name == "services.yaml"


def test_overlays_may_say_little() -> None:
    assert read(FULL, "# nothing\n") == read(FULL)
    assert read("", FULL).services == read(FULL).services
    assert problems("[]", "services: {}")[0].startswith("services.yaml:1: must be an object")
    assert problems("services: {}", "[]")[0].startswith("services.prod.yaml:1: must be an object")


def test_what_the_overlay_replaces_needs_no_variable() -> None:
    text = "services: {web: {status_config: {url: '${GONE}'}}}"

    entry = only(read(text, "services: {web: {status_config: {url: 'http://x'}}}"))

    assert entry.values["status_config"] == {"url": "http://x"}


def test_values_from_outside_are_known_as_such() -> None:
    text = "services: {web: {label: '${A} b', status_config: {headers: {Cookie: 'c=${A}', X: plain}, url: x}}}"

    entry = only(read(text, A="s3cret-value"))

    assert entry.values["status_config"]["headers"] == {"Cookie": "c=s3cret-value", "X": "plain"}
    assert entry.hidden == {"label", "status_config.headers"}
    assert entry.tells("a s3cret-value here")
    assert "s3cret" not in repr(entry)
    assert "s3cret" not in str(entry.problem("label", "got s3cret-value"))


def test_all_problems_are_told_at_once() -> None:
    text = """\
services:
  web:
    labl: x
    status_config: {url: "${GONE}", headers: ["${file:/nowhere}"]}
  Web: {}
  bulk: {}
  none:
relations:
  - {source: web}
  - {source: web, target: db, relation_type: likes, enabled: 1, since: 3}
  - {source: 1, target: "${X}", note: %s}
  - x
  - {source: a, target: b}
  - {source: a, target: b}
groups:
  " x": {colour: red}
  y: {description: [1]}
defaults:
  label: x
  kinds:
    http: {kind: tcp}
    tcp: 3
strange: 1
version: 2
settings: 3
"""
    assert problems(text % ("n" * 501)) == [
        "services.yaml:23: strange: is not known here: must be one of services, relations, groups, defaults, settings, "
        "version, or begin with x-",
        "services.yaml:24: version: must be 1: files of another version are not known here",
        "services.yaml:22: defaults.kinds.tcp: must be an object with named fields, got a number",
        *[
            f"services.yaml:{line}: {field}: is not a field that has defaults: must be one of {DEFAULT_FIELDS}"
            for line, field in ((19, "defaults.label"), (21, "defaults.kinds.http.kind"))
        ],
        "services.yaml:7: services.none: must be an object with named fields, got nothing",
        f"services.yaml:3: web.labl: is not a field of a service: must be one of label, {DEFAULT_FIELDS}",
        "services.yaml:4: web.status_config.url: needs the variable GONE, which is not set: set it, or write "
        "${GONE:-default}",
        "services.yaml:4: web.status_config.headers: needs the file /nowhere: no such file or directory",
        *[
            f"services.yaml:{line}: services.{name}: a service_id must be 1 to 63 lower-case letters, digits and "
            "hyphens, with a letter or digit at both ends, and none of bulk, check, deleted, export, import, new, "
            "stream, validate, websocket"
            for line, name in ((5, "Web"), (6, "bulk"))
        ],
        "services.yaml:9: relations.1.target: is required",
        "services.yaml:10: relations.2.since: is not a field of a relation: must be one of source, target, "
        "relation_type, enabled, note",
        "services.yaml:10: relations.2.relation_type: must be one of dependency, communication, data-flow, got 'likes'",
        "services.yaml:10: relations.2.enabled: must be true or false, got a number",
        "services.yaml:11: relations.3.source: must be text, got a number",
        "services.yaml:11: relations.3.target: must not hold ${...}: values from outside are for services only",
        "services.yaml:11: relations.3.note: must have at most 500 characters, got 501",
        "services.yaml:12: relations.4: must be an object with source, target, relation_type, enabled, note, got text",
        "services.yaml:14: relations.6: a -> b (dependency) is there already, at services.yaml:13",
        "services.yaml:16: groups. x: a group's name must be 1 to 80 characters without blanks around and line breaks",
        "services.yaml:16: groups. x.colour: is not a field of a group: must be description, parent, rollup",
        "services.yaml:17: groups.y.description: must be text, got a list",
        "services.yaml:25: settings: must be an object with named fields, got a number",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[1]", "services.yaml:1: must be an object with services, relations"),
        ("services: [1]", "services.yaml:1: services: must be an object with a name for each, got a list"),
        ("relations: {}", "services.yaml:1: relations: must be a list of relations, got an object"),
        ("defaults: true", "services.yaml:1: defaults: must be an object with named fields, got true or false"),
        ("services:\n  a: {\n", "services.yaml:3: is not YAML"),
        ("a: \xff".encode("latin-1").decode("latin-1") + "\n\t- x", "services.yaml:2: is not YAML"),
    ],
)
def test_broken_files_are_told(text: str, told: str) -> None:
    assert problems(text)[0].startswith(told)


def test_partly_read_gives_the_rest() -> None:
    document, wrong = read_partly("services: {web: {}, B: {}}", "yaml", "f.yaml")

    assert [entry.service_id for entry in document.services] == ["web"]
    assert [problem.field for problem in wrong] == ["services.B"]


def test_very_many_problems_are_counted() -> None:
    found = ConfigFileError(Problem(Place("f", number), "x", "is wrong") for number in range(PROBLEMS_LIMIT + 5))

    assert str(found).endswith("\nand 5 more")
    assert found.problems[0].document() == {"file": "f", "line": 0, "field": "x", "message": "is wrong"}


NAMES = st.sampled_from(
    [*PARTS, *RELATION_FIELDS, *SERVICE_FIELDS, "description", "kinds", "http", "web", "url", "x-a", "<<", "remove"]
)
TEXTS = st.sampled_from(["${A}", "${", "$${x}", "${file:/etc}", "web", "http", "dependency"]) | st.text(max_size=5)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=3), inner, max_size=4),
    max_leaves=30,
)


def refusal_of(text: str | bytes, form: Any, overlay: Source | None = None) -> ConfigFileError | None:
    """Why it is refused, when it is."""
    try:
        read_document(text, form, "f.yaml", overlay=overlay, substitution=Substitution({"A": "b"}))
    except ConfigFileError as err:
        return err
    return None


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(ANYTHING, st.none() | ANYTHING)
def test_any_document_is_read_or_refused(base: Any, overlay: Any) -> None:
    upper = None if overlay is None else Source("o.yaml", yaml.safe_dump(overlay, allow_unicode=True))

    refusal = refusal_of(yaml.safe_dump(base), "yaml", upper)

    assert refusal is None or all(problem.place.line for problem in refusal.problems)


@settings(max_examples=50)
@given(st.text(max_size=60) | st.binary(max_size=60), st.sampled_from(["yaml", "json"]))
def test_any_text_is_read_or_refused(text: str | bytes, form: Any) -> None:
    refusal = refusal_of(text, form)

    assert refusal is None or str(refusal).startswith("f.yaml")


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["label: x", "wrong: 1", "# note", "group: g", "", "odd: 2"]), max_size=12))
def test_lines_are_right_wherever_a_field_stands(lines: list[str]) -> None:
    body = list(dict.fromkeys(lines))
    text = "\n".join(["services:", "  web:", "    kind: http", *(f"    {line}" for line in body)])
    expected = [f"services.yaml:{4 + number}" for number, line in enumerate(body) if line.startswith(("wrong", "odd"))]

    _, wrong = read_partly(text, "yaml", "services.yaml")

    assert sorted(str(problem.place) for problem in wrong) == sorted(expected)


def test_defaults_do_not_make_a_small_file_a_large_document() -> None:
    many = "".join(f"    k{number}: 1\n" for number in range(2000))
    services = "".join(f"  s{number}: {{}}\n" for number in range(2000))
    (told,) = problems(f"defaults:\n  status_config:\n{many}services:\n{services}")
    assert "must give the services at most 400000 values" in told


def test_defaults_of_kinds_do_not_either() -> None:
    many = "".join(f"    k{number}: 1\n" for number in range(2000))
    kinds = "".join(f"    kind{number}: {{status_config: {{a: 1}}}}\n" for number in range(2000))
    services = "".join(f"  s{number}: {{kind: kind{number}, status_config: null}}\n" for number in range(2000))
    (told,) = problems(f"defaults:\n  status_config:\n{many}  kinds:\n{kinds}services:\n{services}")
    assert "must give the services at most 400000 values" in told


def test_many_merged_objects_take_no_longer_than_as_many_plain_ones() -> None:
    count = 20_000
    merged = ", ".join(f"{{a{number}: {number}}}" for number in range(count))
    before = time.process_time()
    assert len(parse_placed(f"x: {{<<: [{merged}]}}", "yaml").plain()["x"]) == count
    assert time.process_time() - before < 20


def test_first_of_merged_objects_wins() -> None:
    assert parse_placed("x: {<<: [{a: 1, b: 1}, {b: 2, c: 2}], c: 3}", "yaml").plain() == {
        "x": {"a": 1, "b": 1, "c": 3}
    }


def test_group_with_an_impossible_name_is_left_out() -> None:
    for name in ("x" * 200, "a\tb", " a"):
        document, found = read_partly(json.dumps({"groups": {name: {}}}), "json", "f")
        assert (document.groups, len(found)) == ((), 1)


@pytest.mark.parametrize(
    "begin", ["x-a: &a {body: BODY}\n", "defaults: {status_config: {body: BODY}}\nx-a: &a {url: x}\n"]
)
def test_long_text_does_not_become_many_of_it(begin: str) -> None:
    services = "".join(f"  s{number}: {{status_config: *a}}\n" for number in range(1000))
    (told,) = problems(begin.replace("BODY", "x" * 60_000) + f"services:\n{services}")
    assert "64 characters count as one" in told or "at most 20971520 characters, with all that aliases" in told
