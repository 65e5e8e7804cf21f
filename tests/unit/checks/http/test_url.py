"""Which web addresses may be checked."""

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor_app.checks.http.url import checked_url, host_and_port, shown_url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "https://example.org:8443/a/b?c=d#e",
        "HTTPS://Example.ORG/",
        "http://localhost:1/",
        "http://db_main/",
        "http://192.0.2.1:65535/",
        "http://[::1]:8080/",
        "https://bücher.example/ä",
        "http://example.org./",
    ],
)
def test_web_addresses_are_taken_as_they_are(url: str) -> None:
    assert checked_url(url) == url
    httpx.URL(url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("example.org", "must begin with http:// or https://, got 'example.org'"),
        ("http:/example.org", "must begin with http:// or https://"),
        ("file:///etc/passwd", "must begin with http:// or https://"),
        ("gopher://example.org/", "must begin with http:// or https://"),
        ("javascript:alert(1)", "must begin with http:// or https://"),
        ("http://", "must name a host"),
        ("http:///path", "must name a host"),
        ("http://:80/", "must name a host"),
        ("http://user:pass@example.org/", "must not contain a user name or password"),
        ("http://user@example.org/", "must not contain a user name or password"),
        ("http://example.org/a b", "must not contain spaces"),
        ("http://example.org/\n", "must not contain spaces or line breaks"),
        ("http://exa\tmple.org/", "must not contain spaces"),
        ("http://example.org/\x00", "must not contain control characters"),
        ("http://example.org/\u202e", "must not contain control characters"),
        ("http://example.org:0/", "must have a port from 1 to 65535, got '0'"),
        ("http://example.org:70000/", "must have a port from 1 to 65535, got '70000'"),
        ("http://example.org:http/", "must have a port from 1 to 65535"),
        ("http://example.org:/", "must have a port from 1 to 65535"),
        ("http://example.org:²/", "must have a port from 1 to 65535"),
        ("http://-example.org/", "does not begin with '-'"),
        ("http://exa--mple-.org/", "letters, digits, hyphens and dots|valid host"),
        ("http://exa%6dple.org/", "letters, digits, hyphens and dots"),
        ("http://a..b/", "letters, digits, hyphens and dots"),
        (f"http://{'a' * 64}.org/", "1-63 characters"),
        (f"http://{'a.' * 127}org/", "253 in all"),
        ("http://2130706433/", "full IPv4 address"),
        ("http://0x7f.1/", "full IPv4 address"),
        ("http://127.1/", "full IPv4 address"),
        ("http://017700000001/", "full IPv4 address"),
        ("http://256.1.1.1/", "full IPv4 address"),
        ("http://[::g]/", "must be a valid URL|valid IPv6 address"),
        ("http://[::1/", "must be a valid URL"),
        ("http://[::1]x:80/", "must be a valid URL|in brackets"),
        ("http://[v1.a]/", "must be a valid URL"),
        ("http://xn--a/", "must be a valid URL"),
        ("http://a:b:22/", "must have a port from 1 to 65535"),
        ("http://[fe80::1%25eth0]/", "valid IPv6 address"),
        ("http://example.org\\@evil.example/", "user name or password|backslash"),
        ("http://example.org\\path", "backslash"),
        ("http://bü\u200dcher.example/", "invisible|valid host name"),
        (f"http://example.org/{'a' * 3000}", "at most 2048 characters, got 3019"),
    ],
)
def test_other_addresses_are_refused_with_what_is_allowed(url: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        checked_url(url)


@pytest.mark.parametrize(
    "url", ["gopher://user:hunter2@x/", "user:hunter2@example.org", "http:/u:hunter2@x", "x://a/b:hunter2@c"]
)
def test_a_password_is_never_repeated(url: str) -> None:
    with pytest.raises(ValueError) as caught:
        checked_url(url)
    assert "hunter2" not in str(caught.value)


def test_what_is_shown_hides_query_and_fragment() -> None:
    assert shown_url("https://example.org/a?token=secret#there") == "https://example.org/a?…"
    assert shown_url("http://[::1]:80/") == "http://[::1]:80/"
    assert len(shown_url("https://example.org/" + "a" * 500)) == 100


def test_the_host_limit_counts_by_host_and_port() -> None:
    assert host_and_port("http://Example.org/a") == "example.org:80"
    assert host_and_port("https://example.org/b") == "example.org:443"
    assert host_and_port("http://[::1]:8080/") == "[::1]:8080"
    assert host_and_port("https://bücher.example/") == "xn--bcher-kva.example:443"


@given(st.text(max_size=60))
@example("http://ß.example/")
def test_whatever_is_taken_httpx_takes_too(text: str) -> None:
    url = f"http://{text}"
    try:
        checked_url(url)
    except ValueError:
        return
    parsed = httpx.URL(url)
    assert parsed.host
    assert not parsed.userinfo
