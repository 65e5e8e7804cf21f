"""What is taken of the blackbox exporter's targets, and what is told of the rest."""

import json
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

FILES = Path(__file__).parents[3] / "imported"
KINDS = KindRegistry()


def values(found: Found) -> dict[str, Any]:
    return {entry.service_id: entry.values for entry in found.file.document.services}


def notes(found: Found) -> list[str]:
    return [str(note) for note in found.notes]


def of(target: str, module: dict[str, Any]) -> Found:
    listed = json.dumps([{"targets": [target], "labels": {"module": "m", "name": "x"}}]).encode()
    return read_sent("blackbox", listed, "targets.json", KINDS, yaml.safe_dump({"modules": {"m": module}}).encode())


def test_jobs_of_prometheus_are_taken() -> None:
    found = read_path("blackbox", FILES / "prometheus.yml", KINDS, FILES / "blackbox.yml")
    assert list(values(found)) == ["shop-example", "old-example", "shop-example-login", "192-0-2-1"]
    login = values(found)["shop-example-login"]
    assert login["status_config"] == {
        "url": "https://shop.example/login",
        "method": "POST",
        "accepted_statuses": "200,302",
        "headers": {"Content-Type": "application/json"},
        "body": '{"user": "robot"}',
        "follow_redirects": False,
        "body_pattern": "welcome .*",
        "body_lacks": "maintenance",
        "auth": "basic",
        "username": "robot",
        "password": "hunter2-hunter2",
        "verify_tls": False,
        "deadline_seconds": 10.0,
    }
    assert (login["group"], login["interval_seconds"]) == ("login", 5)
    assert values(found)["shop-example"]["tags"] == ["team: shop", "severity: page"]
    assert values(found)["shop-example"]["status_config"]["deadline_seconds"] == 5.0
    told = notes(found)
    assert "job node: is left out: it does not ask a blackbox exporter" in told
    assert any(note.startswith("job web: file_sd_configs: are not taken") for note in told)
    assert any(note.startswith("job web: relabel_configs: are left out") for note in told)
    assert "hunter2" not in str(told)


def test_lists_of_targets_are_taken() -> None:
    found = read_path("blackbox", FILES / "targets.json", KINDS, FILES / "blackbox.yml")
    assert {name: entry["kind"] for name, entry in values(found).items()} == {
        "shop": "http",
        "192-0-2-53": "dns",
        "mail-example-25": "tcp",
        "git-example-22": "tcp",
        "rpc-example-443": "grpc",
    }
    assert [name for name, entry in values(found).items() if not entry["enabled"]] == [
        "mail-example-25",
        "rpc-example-443",
    ]
    assert values(found)["git-example-22"]["status_config"]["expect"] == "SSH-2.0-"
    told = notes(found)
    assert "target coop.example: is not taken: prober carrier-pigeon has no counterpart" in told
    assert "target x.example: is not taken: module unheard is not known: the given blackbox.yml has none" in told
    assert found.seen == 8


def test_without_its_modules_the_well_known_ones_count() -> None:
    found = read_path("blackbox", FILES / "prometheus.yml", KINDS)
    assert list(values(found)) == ["shop-example", "old-example", "192-0-2-1"]
    assert (
        "target https://shop.example/login: is not taken: module login is not known: give its blackbox.yml, too"
        in notes(found)
    )


def test_relabelling_that_asks_something_else_disables() -> None:
    job = {
        "metrics_path": "/probe",
        "static_configs": [{"targets": ["https://x.example/"]}],
        "relabel_configs": [{"source_labels": ["__address__"], "regex": "(.*)", "target_label": "__param_target"}],
    }
    found = read_sent("blackbox", yaml.safe_dump({"scrape_configs": [job]}).encode(), "prometheus.yml", KINDS)
    assert [entry["enabled"] for entry in values(found).values()] == [False]


@pytest.mark.parametrize(
    "options",
    [
        {"fail_if_body_matches_regexp": ["a.*b"]},
        {"fail_if_body_not_matches_regexp": ["a", "b"]},
        {"fail_if_ssl": True},
        {"fail_if_header_matches": [{"header": "a", "regexp": "b"}]},
        {"fail_if_header_not_matches": [{"header": "a", "regexp": "b", "allow_missing": True}]},
        {"authorization": {"type": "Digest"}},
        {"authorization": {"credentials_file": "/x"}},
        {"basic_auth": {"username": "a", "password_file": "/x"}},
        {"tls_config": {"ca_file": "/x"}},
        {"oauth2": {"client_id": "x"}},
        {"something_new": 1},
    ],
)
def test_option_without_a_counterpart_disables(options: dict[str, Any]) -> None:
    found = of("https://x.example/", {"prober": "http", "http": options})
    assert not values(found)["x"]["enabled"]
    assert any("it is imported disabled" in note for note in notes(found))


@pytest.mark.parametrize(
    ("target", "module", "config"),
    [
        ("https://x/", {"prober": "http", "http": {"bearer_token": "t0ken"}}, {"auth": "bearer", "token": "t0ken"}),
        (
            "https://x/",
            {"prober": "http", "http": {"fail_if_header_not_matches": [{"header": "Server", "regexp": "nginx"}]}},
            {"expected_headers": {"Server": "/nginx/"}},
        ),
        ("x:993", {"prober": "tcp", "tcp": {"tls": True, "tls_config": {"server_name": "y"}}}, {"server_name": "y"}),
        ("192.0.2.1", {"prober": "icmp", "icmp": {"payload_size": 100}}, {"payload_bytes": 100}),
        (
            "192.0.2.53:5353",
            {"prober": "dns", "dns": {"query_name": "x.org.", "query_type": "A", "valid_rcodes": ["NXDOMAIN"]}},
            {"name": "x.org", "must_not_exist": True, "port": 5353},
        ),
        ("x:443", {"prober": "grpc", "grpc": {"tls": True, "service": "s"}}, {"tls": True, "service": "s"}),
    ],
)
def test_modules(target: str, module: dict[str, Any], config: dict[str, Any]) -> None:
    found = of(target, module)
    assert values(found)["x"]["enabled"], notes(found)
    assert config.items() <= values(found)["x"]["status_config"].items()


@pytest.mark.parametrize(
    ("text", "modules"),
    [
        ("", None),
        ("a: 1", None),
        ("scrape_configs: 5", None),
        ("scrape_configs: [{metrics_path: /probe, static_configs: 5}]", None),
        ("[", None),
        ("[]", "x"),
        ("[]", "modules: []"),
        ("[]", "modules: ["),
    ],
)
def test_what_is_no_such_file_is_refused(text: str, modules: str | None) -> None:
    with pytest.raises(InvalidInput, match=r"^(file|modules): "):
        read_sent("blackbox", text.encode(), "x", KINDS, modules.encode() if modules is not None else None)


LEAVES = (
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.text(max_size=15) | st.sampled_from(["5m", "https://x/"])
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
OPTIONS = st.sampled_from([
    "method", "headers", "body", "valid_status_codes", "basic_auth", "authorization", "tls_config", "query_response",
    "tls", "payload_size", "fail_if_body_matches_regexp", "fail_if_body_not_matches_regexp", "proxy_url",
    "bearer_token", "fail_if_header_not_matches", "query_name", "query_type", "valid_rcodes", "service",
])  # fmt: skip
PROBERS = st.sampled_from(["http", "tcp", "icmp", "dns", "grpc"])


@settings(max_examples=40)
@given(st.dictionaries(OPTIONS, TREES), PROBERS, TREES, TREES)
def test_whatever_stands_in_it_what_is_taken_is_valid(options: Any, prober: str, target: Any, labels: Any) -> None:
    modules = {"modules": {"m": {"prober": prober, prober: options, "timeout": target}, "http_2xx": {"prober": prober}}}
    targets = [{"targets": [target, "x.example:1"], "labels": labels}, {"targets": ["x:1"], "labels": {"module": "m"}}]
    job = {"metrics_path": "/probe", "job_name": target, "static_configs": targets, "scrape_interval": target}
    for document in (targets, {"scrape_configs": [job, target]}):
        try:
            found = read_sent(
                "blackbox", yaml.safe_dump(document).encode(), "x", KINDS, yaml.safe_dump(modules).encode()
            )
        except InvalidInput:
            continue
        for entry in found.file.document.services:
            assert not check(KINDS, entry.given).messages
