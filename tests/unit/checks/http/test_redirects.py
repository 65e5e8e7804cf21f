"""What is asked after a redirect."""

import httpx
import pytest

from monitor_app.checks.http.redirects import BadRedirect, Question

HERE = httpx.URL("https://example.org/a/b?c")


def question(method: str = "GET", url: httpx.URL = HERE, body: str = "body") -> Question:
    return Question(method, url, {"Authorization": "secret", "Accept": "text/html", "Content-Type": "text/plain"}, body)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/x", "https://example.org/x"),
        ("x", "https://example.org/a/x"),
        ("?d", "https://example.org/a/b?d"),
        ("//other.example/x", "https://other.example/x"),
        ("http://other.example/x#there", "http://other.example/x"),
        ("https://user:pass@other.example/", "https://other.example/"),
    ],
)
def test_locations_are_read_relative_to_the_request(location: str, url: str) -> None:
    assert str(question(body="").after(302, location).url) == url


@pytest.mark.parametrize(
    ("status", "method", "following"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (302, "PUT", "PUT"),
        (307, "POST", "POST"),
        (308, "DELETE", "DELETE"),
        (301, "HEAD", "HEAD"),
    ],
)
def test_the_method_changes_as_in_browsers(status: int, method: str, following: str) -> None:
    asked = question(method).after(status, "/x")
    assert asked.method == following
    assert asked.body == ("" if following == "GET" else "body")
    assert ("Content-Type" in asked.headers) == (following != "GET")


@pytest.mark.parametrize(
    "location", ["https://other.example/", "http://example.org/", "https://example.org:8443/", "//example.org.evil/"]
)
def test_headers_and_body_do_not_go_to_another_origin(location: str) -> None:
    assert question(body="").after(307, location).headers == {"Accept": "text/html"}
    for status, method in ((307, "POST"), (308, "PUT"), (302, "PATCH"), (307, "GET")):
        with pytest.raises(BadRedirect, match=r"which would be sent the body: .*follow_redirects"):
            question(method).after(status, location)


def test_a_redirect_that_drops_the_body_may_lead_to_another_origin() -> None:
    for status, method in ((301, "POST"), (302, "POST"), (303, "PUT")):
        asked = question(method).after(status, "https://other.example/")
        assert (asked.method, asked.body, asked.headers) == ("GET", "", {"Accept": "text/html"})


def test_a_body_goes_along_on_the_same_origin() -> None:
    assert question("POST").after(308, "/x").body == "body"


def test_headers_go_along_on_the_same_origin() -> None:
    assert "Authorization" in question().after(307, "/x").headers
    assert "Authorization" in question().after(307, "https://example.org:443/x").headers


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("file:///etc/passwd", "redirected to 'file:///etc/passwd', which is not http or https"),
        ("javascript:alert(1)", "which is not http or https"),
        ("gopher://user:hunter2@x/", "which is not http or https"),
        ("http://[::g]/", "an address that is not valid"),
        ("http://x:70000/", "an address that is not valid"),
        ("http:///", "an address that is not valid"),
        ("http://-x/", "an address that is not valid"),
    ],
)
def test_redirects_to_nowhere_are_refused(location: str, message: str) -> None:
    with pytest.raises(BadRedirect, match=message) as caught:
        question().after(302, location)
    assert "hunter2" not in str(caught.value)
