"""What an answer shows in full, whoever wrote it."""

import httpx

from monitor_app.checks.http.report import Seen, told

TOKEN = "fresh-token-0123456789"


def test_a_token_of_this_check_is_shown_nowhere() -> None:
    """Also not in what everybody sees: to where it was redirected, and the words beside the status."""
    extensions = {"reason_phrase": f"OK {TOKEN}".encode(), "http_version": b"HTTP/1.1", "stream": None}
    response = httpx.Response(200, headers={"X-Echo": TOKEN}, extensions=extensions)
    seen = Seen(f"GET https://example.org/{TOKEN}", response, f"you sent {TOKEN}".encode(), tokens=(TOKEN,))
    sections = list(told(seen))
    assert len(sections) == 3
    assert TOKEN not in repr(sections)
