"""What is made of Consul's answers, whatever stands in them."""

from typing import Any

import pytest

from monitor_app.domain.status import Status
from monitor_app.net.failures import BadAnswer
from monitor_app.sources.consul.catalogue import (
    CHECKS_LIMIT,
    KEY_LIMIT,
    OUTPUT_LIMIT,
    Catalogue,
    intentions,
    node_names,
)

SECRET = "3f1c-secret-token"


def node(*services: dict[str, Any], name: str = "rack-1") -> dict[str, Any]:
    found = {str(each.get("ID", f"s{number}")): each for number, each in enumerate(services)}
    return {"Node": {"Node": name, "Address": "10.0.0.1", "Datacenter": "dc1"}, "Services": found}


def check(status: str = "passing", service: str = "web", name: str = "rack-1", **more: Any) -> dict[str, Any]:
    return {"Node": name, "ServiceID": service, "Status": status, "Name": "http", "CheckID": "c1"} | more


def read(nodes: list[Any], checks: Any = ()) -> Any:
    catalogue = Catalogue([SECRET])
    catalogue.add_checks(list(checks))
    for each in nodes:
        catalogue.add_node(each)
    return catalogue.services()


@pytest.mark.parametrize(
    ("service", "url"),
    [
        ({"Port": 8080}, "http://10.0.0.1:8080/"),
        ({"Address": "10.1.1.1", "Port": 443}, "https://10.1.1.1/"),
        ({"Port": 8443, "Meta": {"scheme": "https", "path": "/up"}}, "https://10.0.0.1:8443/up"),
        ({"Port": 80, "Meta": {"path": "//evil.example/"}}, "http://10.0.0.1/evil.example/"),
        ({"Port": 80, "Meta": {"url": "https://shop.example/start?a=1"}}, "https://shop.example/start?a=1"),
        ({"Port": 80, "Meta": {"url": "javascript:alert(1)"}}, ""),
        ({"Port": 80, "Meta": {"url": "https://ada:secret@shop.example/"}}, ""),
        ({"Port": 80, "Meta": {"url": 'https://x/"><script>'}}, ""),
        ({"Port": 80, "Meta": {"scheme": "gopher"}}, "http://10.0.0.1/"),
        ({"Port": 0}, ""),
        ({"Port": 99999}, ""),
        ({"Port": True}, ""),
        ({"Address": "2001:db8::1", "Port": 81}, "http://[2001:db8::1]:81/"),
    ],
    ids=str,
)
def test_address_is_made_of_address_port_and_meta(service: dict[str, Any], url: str) -> None:
    (found,) = read([node({"ID": "web", "Service": "web", **service})])
    assert found.facts["url"] == url
    assert found.config.get("url", "") == url


def test_checks_meet_their_service_by_node_and_id() -> None:
    nodes = [node({"ID": "web", "Service": "web"}, name=name) for name in ("a", "b")]
    checks = [check("critical", name="a"), check("warning", service="", name="b", Name="serf")]
    one, two = read(nodes, checks)
    assert (one.status, two.status) == (Status.FAILED, Status.DEGRADED)
    assert (one.key, two.key) == ("a/web", "b/web")
    assert (one.label, two.label) == ("web on a", "web on b")
    assert [(each.name, each.is_of_node) for each in two.checks] == [("serf", True)]


def test_maintenance_of_service_or_node_is_no_check() -> None:
    own = check("critical", CheckID="_service_maintenance:web", Notes="a new\x1b[31m disk")
    (found,) = read([node({"ID": "web", "Service": "web"})], [own])
    assert found.maintenance == "maintenance mode of the service in Consul: a new\\x1b[31m disk"
    assert (found.status, found.checks) == (Status.STOPPED, ())
    of_node = check("critical", service="", CheckID="_node_maintenance")
    (found,) = read([node({"ID": "web", "Service": "web"})], [of_node])
    assert found.maintenance == "maintenance mode of the node in Consul"


def test_word_that_nobody_knows_is_never_green() -> None:
    (found,) = read([node({"ID": "web"})], [check("purple"), check("passing")])
    assert (found.status, found.word) == (Status.UNKNOWN, "purple")


def test_outputs_are_bounded_and_hold_no_secret_and_nothing_that_steers() -> None:
    said = f"token {SECRET}\r\n\x1b[2J\0 password=hunter22 {'x' * 5000}"
    (found,) = read([node({"ID": "web"})], [check(Output=said)])
    (only,) = found.checks
    assert len(only.output) == OUTPUT_LIMIT
    assert SECRET not in only.output
    assert "hunter22" not in only.output
    assert "\x1b" not in only.output
    assert "\0" not in only.output


def test_meta_that_sounds_like_a_secret_is_masked() -> None:
    (found,) = read([node({"ID": "web", "Meta": {"db_password": "x", "team": SECRET, "n": 1}})])
    assert found.facts["meta"] == {"db_password": "***", "n": "", "team": "***"}


def test_everything_is_bounded() -> None:
    service = {
        "ID": "i" * 5000,
        "Service": "s" * 5000,
        "Tags": ["t" * 999] * 999,
        "Meta": {str(n): "v" * 9999 for n in range(999)},
    }
    (found,) = read([node(service)], [check(service="i" * 5000)] * 999)
    assert len(found.key) <= KEY_LIMIT
    assert len(found.checks) == CHECKS_LIMIT
    assert len(found.label) <= 120
    assert len(str(found.facts)) < 64 * 1000
    assert found.key == read([node(service)])[0].key


@pytest.mark.parametrize(
    "document", ["text", 1, {"Node": 1}, {"Node": {}, "Services": 1}, {"Node": {}, "Services": {"a": 1}}], ids=str
)
def test_answer_about_a_node_that_is_none_is_refused(document: Any) -> None:
    with pytest.raises(BadAnswer):
        read([document])


@pytest.mark.parametrize("document", ["text", {"a": 1}, [1]], ids=str)
def test_list_that_is_none_is_refused(document: Any) -> None:
    with pytest.raises(BadAnswer):
        Catalogue().add_checks(document)
    with pytest.raises(BadAnswer):
        node_names(document)


def test_nothing_is_an_empty_list() -> None:
    catalogue = Catalogue()
    catalogue.add_checks(None)
    catalogue.add_node(None)
    assert catalogue.services() == ()
    assert node_names(None) == ([], "")
    assert intentions(None) == []


def test_strange_texts_are_no_texts() -> None:
    services = [{"ID": 5, "Service": None, "Tags": "x", "Meta": []}, {"ID": "half \ud800"}]
    found = read([node(*services)], [check(Status=None, Name=7, CheckID=None, Output=["x"])])
    assert all("\ud800" not in str(each.facts) for each in found)
    assert len(found) == 2


def test_only_intentions_that_allow_and_name_both_ends_count() -> None:
    told = [
        {"SourceName": "web", "DestinationName": "db", "Action": "allow"},
        {"SourceName": "*", "DestinationName": "db", "Action": "allow"},
        {"SourceName": "web", "DestinationName": "old", "Action": "deny"},
        {"SourceName": "web"},
    ]
    assert intentions(told) == [["web", "db"]]
