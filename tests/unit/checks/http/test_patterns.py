"""Patterns of users: what is refused and why, and that no pattern takes for ever."""

import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor_app.checks.http.patterns import PATTERN_LIMIT, Pattern

BODY = b"ab" * 128 * 1024


@pytest.mark.parametrize(
    ("pattern", "text", "is_in"),
    [
        ("b+", "abc", True),
        ("^b", "abc", False),
        ("(?i)ABC", "xabc", True),
        ("a.c", "a\nc", False),
        ("(?s)a.c", "a\nc", True),
        (r"gr(ö|oe)ße", "größe", True),
        (r"\pL+ [β-ω]+", "λόγος μου", True),
        (r"(?i)(error|warning|critical)[^\n]{0,200}", "a warning", True),
        (r"\d{3}-\d{4}", "call 555-1234", True),
        ("", "", True),
    ],
)
async def test_a_pattern_is_looked_for_everywhere(pattern: str, text: str, is_in: bool) -> None:
    assert await Pattern(pattern).is_in(text.encode()) is is_in


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(?=a)b", "must not look around"),
        ("a(?!b)", "must not look around"),
        ("(?<=a)b", "must not look around"),
        ("(?<!a)b", "must not look around"),
        (r"(a)\1", "must not refer back to a group"),
        ("(?P<n>a)(?P=n)", "must not refer back to a group"),
        ("a++", "must not be possessive or atomic"),
        ("(?>a)", "must not be possessive or atomic"),
        ("[", "must be a valid pattern: missing ]"),
        ("a**", "must be a valid pattern: bad repetition operator"),
        ("x{2000}", "must not repeat more than 1000 times"),
        (".{0,999}a.{0,999}b", "must be a smaller pattern"),
        ("a[ab]{0,400}Q", "must be a smaller pattern"),
        (r"\pL{500}", "must be a smaller pattern"),
        ("a" * (PATTERN_LIMIT + 1), "must have a pattern of at most 1000 characters, got 1001"),
        ("\udc80", "valid characters"),
    ],
)
def test_what_cannot_be_searched_for_is_told(pattern: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        Pattern(pattern)
    assert message in str(caught.value)


def test_why_it_is_not_allowed_is_told() -> None:
    with pytest.raises(ValueError, match="RE2, which is fast with every text because it never goes back"):
        Pattern("(?=a)b")


@pytest.mark.parametrize(
    "pattern", [r"(a+)+$x", r"(a|aa)+x", r"(.*)*x", r"(a|b)*a(a|b){12}x", r"^(([a-b])+.)+[A-Z]$", r"a[ab]{0,340}Q"]
)
async def test_what_takes_others_for_ever_is_fast(pattern: str) -> None:
    started_at = time.process_time()
    assert not await Pattern(pattern).is_in(BODY)
    assert time.process_time() - started_at < 10


PARTS = r"( ) [ ] { } {1,9} {0,100} * + ? | \ \d \1 (?= (?P<a> ^ $ . a b - (?i) \pL \x{ \Q \E [^ [[:alpha:]] ä"
FRAGMENTS = st.sampled_from(PARTS.split())
PATTERNS = st.text(max_size=40) | st.lists(FRAGMENTS, max_size=20).map("".join)


@settings(max_examples=300, deadline=None)
@given(PATTERNS, st.binary(max_size=200))
async def test_any_text_is_a_pattern_or_refused(pattern: str, text: bytes) -> None:
    with suppress(ValueError):
        assert await Pattern(pattern).is_in(text.decode("utf-8", "replace").encode()) in (True, False)
