"""What is taken of Gatus, and what is told of the rest."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.importers.sources import read_path, read_sent
from monitor_app.use_cases.importers.taking import Found
from monitor_app.use_cases.service_input import check

FILE = Path(__file__).parents[3] / "imported" / "gatus.yaml"
KINDS = KindRegistry()


@pytest.fixture(scope="module")
def found() -> Found:
    return read_path("gatus", FILE, KINDS)


def values(found: Found) -> dict[str, Any]:
    return {entry.service_id: entry.values for entry in found.file.document.services}


def notes(found: Found) -> list[str]:
    return [str(note) for note in found.notes]


def of(*conditions: str, **more: Any) -> Found:
    endpoint = {"name": "x", "url": "https://x.example/", "conditions": list(conditions)} | more
    return read_sent("gatus", yaml.safe_dump({"endpoints": [endpoint]}).encode(), "gatus.yaml", KINDS)


def test_endpoint_comes_with_all_its_conditions(found: Found) -> None:
    page = values(found)["front-page"]
    assert page["status_config"] == {
        "url": "https://shop.example/health",
        "method": "GET",
        "headers": {"X-Api-Key": "hunter2-hunter2"},
        "accepted_statuses": "200",
        "deadline_seconds": 0.5,
        "body_json": '$.status == "UP"\n$.queue < 100\n!$.errors',
        "certificate_failure_days": 2,
        "certificate_warning_days": 14,
        "failures_to_fail": 5,
        "successes_to_recover": 3,
    }
    assert (page["group"], page["interval_seconds"], page["enabled"]) == ("Shop", 300, True)
    assert values(found)["front-page-domain"]["status_config"] == {
        "domain": "shop.example",
        "failure_days": 30,
        "warning_days": 31,
    }


def test_each_scheme_becomes_its_kind(found: Found) -> None:
    kinds = {name: entry["kind"] for name, entry in values(found).items()}
    assert [kinds[name] for name in ("port", "gateway", "mail-certificate", "tls", "names", "socket", "backup")] == [
        "tcp",
        "icmp",
        "tls_certificate",
        "tcp",
        "dns",
        "websocket",
        "push",
    ]
    assert values(found)["mail-certificate"]["status_config"]["starttls"] == "smtp"
    assert not values(found)["tls"]["enabled"]


def test_lines_are_told(found: Found) -> None:
    assert {entry.service_id: entry.place.line for entry in found.file.document.services}["redirects"] == 31
    assert [note.line for note in found.notes if note.subject == "endpoint Datagrams"] == [51]


def test_the_rest_is_told(found: Found) -> None:
    told = notes(found)
    assert "endpoint Datagrams: is not taken: udp has no counterpart" in told
    assert "notification settings are not taken: who is told is decided here anew" in told
    assert "endpoint Redirects: interval: 1 s became 5 s" in told
    assert any("variables: stand for values of another environment" in each for each in told)
    assert not values(found)["with-a-variable"]["enabled"]
    assert found.seen == 16
    assert "hunter2" not in str(told)


@pytest.mark.parametrize(
    ("conditions", "config"),
    [
        (["[STATUS] == any(200, 204)"], {"accepted_statuses": "200,204"}),
        (["[STATUS] < 300"], {"accepted_statuses": "100-299"}),
        (["[STATUS] >= 200", "[STATUS] <= 204", "[STATUS] != 203"], {"accepted_statuses": "200-202,204"}),
        (["[STATUS] > 199"], {"accepted_statuses": "200-999"}),
        ([], {"accepted_statuses": "100-999"}),
        (["[BODY] == pat(*all is well*)"], {"body_contains": "all is well"}),
        (["[BODY] != pat(*error*)"], {"body_lacks": "error"}),
        (["[BODY] == pong"], {"body_pattern": r"\A\s*pong\s*\z"}),
        (["[BODY].user.name == john", "[BODY].n == 5"], {"body_json": '$.user.name == "john"\n$.n == 5'}),
        (["[BODY][0].id == 1"], {"body_json": "$[0].id == 1"}),
        (["has([BODY].ok) == true"], {"body_json": "$.ok"}),
        (["[RESPONSE_TIME] < 2500"], {"deadline_seconds": 2.5}),
        (["[CERTIFICATE_EXPIRATION] > 30h"], {"certificate_failure_days": 2}),
        (["[CONNECTED] == true"], {}),
    ],
)
def test_conditions(conditions: list[str], config: dict[str, Any]) -> None:
    taken = of(*conditions)
    assert values(taken)["x"]["enabled"], notes(taken)
    assert config.items() <= values(taken)["x"]["status_config"].items()


@pytest.mark.parametrize(
    "condition",
    [
        "len([BODY].items) > 5",
        "[BODY].name == pat(j*n)",
        "[BODY].name == any(a, b)",
        "[BODY] == pat(a*b)",
        "[BODY].name > abc",
        "[IP] == 192.0.2.1",
        "[STATUS] == ok",
        "[STATUS] == 99",
        "[RESPONSE_TIME] > 5",
        "[CONNECTED] == false",
        "[CERTIFICATE_EXPIRATION] < 5h",
        "nonsense",
    ],
)
def test_condition_without_a_counterpart_disables(condition: str) -> None:
    taken = of("[STATUS] == 200", condition)
    assert not values(taken)["x"]["enabled"]
    assert any("it is imported disabled" in note for note in notes(taken))


@pytest.mark.parametrize(
    "option",
    [
        {"graphql": True},
        {"body": "x"},
        {"client": {"dns-resolver": "tcp://8.8.8.8:53"}},
        {"client": {"network": "ip6"}},
        {"client": {"tls": {"certificate-file": "/x"}}},
        {"something-new": 1},
    ],
)
def test_option_without_a_counterpart_disables(option: dict[str, Any]) -> None:
    taken = of("[STATUS] == 200", **option)
    assert not values(taken)["x"]["enabled"]


@pytest.mark.parametrize(
    "text",
    ["", "a: 1", "endpoints: 5", "endpoints: [", "[]", "endpoints: &a [*a]", "\ufeff- x", "a: !!python/object x"],
)
def test_what_is_no_such_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="file: "):
        read_sent("gatus", text.encode(), "gatus.yaml", KINDS)


def test_alias_bombs_and_huge_files_are_refused() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(
        f"{after}: &{after} [{', '.join([f'*{before}'] * 10)}]\n"
        for before, after in zip("abcdefg", "bcdefgh", strict=True)
    )
    with pytest.raises(InvalidInput, match="aliases with all they stand for"):
        read_sent("gatus", f"{bomb}endpoints: *h\n".encode(), "gatus.yaml", KINDS)
    with pytest.raises(InvalidInput, match="must have at most"):
        read_sent("gatus", b"x" * (11 << 20), "gatus.yaml", KINDS)


LEAVES = (
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.text(max_size=15) | st.sampled_from(["5m", "https://x/"])
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
OPTIONS = st.sampled_from(
    [
        "url",
        "name",
        "group",
        "conditions",
        "interval",
        "headers",
        "body",
        "client",
        "alerts",
        "dns",
        "method",
        "heartbeat",
    ]
)
URLS = st.sampled_from(["https://x/", "tcp://x:1", "icmp://x", "tls://x:1", "ws://x/", "dns://x", "starttls://x:25"])


@settings(max_examples=40)
@given(st.dictionaries(OPTIONS, TREES), URLS)
def test_whatever_stands_in_it_what_is_taken_is_valid(options: dict[str, Any], url: str) -> None:
    endpoints = [options, {"url": url} | options, options | {"url": url}]
    text = yaml.safe_dump({"endpoints": endpoints, "external-endpoints": [options]})
    try:
        taken = read_sent("gatus", text.encode(), "gatus.yaml", KINDS)
    except InvalidInput:
        return
    for entry in taken.file.document.services:
        assert not check(KINDS, entry.given).messages
