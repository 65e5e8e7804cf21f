"""Which characters the bytes of a body mean."""

import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.checks.http.charset import text_of


@pytest.mark.parametrize(
    ("content", "content_type", "text"),
    [
        ("größe".encode(), "", "größe"),
        ("größe".encode(), "text/html; charset=utf-8", "größe"),
        ("größe".encode("latin-1"), "text/html;charset=ISO-8859-1", "größe"),
        ("größe".encode("cp1252"), 'text/html; charset="windows-1252"', "größe"),
        ("日本".encode("shift_jis"), "text/plain; format=flowed; Charset = Shift_JIS", "日本"),
        (codecs.BOM_UTF8 + b"a", "text/html; charset=latin-1", "a"),
        (codecs.BOM_UTF16_LE + "ä".encode("utf-16-le"), "", "ä"),
        (codecs.BOM_UTF32_BE + "ä".encode("utf-32-be"), "", "ä"),
        (b"<meta charset='iso-8859-1'>\xe4", "text/html", "<meta charset='iso-8859-1'>ä"),
        (b"<META http-equiv=x content='text/html; charset=koi8-r'>\xc1", "", None),
        (b"<meta charset=utf-16>a", "", "<meta charset=utf-16>a"),
        (b"\xe4", "", "�"),
        (b"a\xe4", "text/html; charset=nonsense", "a�"),
        (b"abc-", "text/html; charset=punycode", "abc-"),
        (b"nop", "text/html; charset=rot13", "nop"),
        (b"00", "text/html; charset=hex", "00"),
        (b"", "", ""),
    ],
)
def test_how_bytes_become_text(content: bytes, content_type: str, text: str | None) -> None:
    decoded = text_of(content, content_type)
    assert decoded.endswith("а") if text is None else decoded == text


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "raw_unicode_escape", "utf-7", "zip"])
def test_slow_and_strange_charsets_are_not_used(charset: str) -> None:
    started_at = time.process_time()
    text_of(b"a" * 100_000 + b"-" + b"b9" * 80_000, f"text/html; charset={charset}")
    assert time.process_time() - started_at < 2


@given(st.binary(max_size=200), st.text(max_size=60))
def test_anything_becomes_text(content: bytes, content_type: str) -> None:
    assert isinstance(text_of(content, content_type), str)
    assert isinstance(text_of(content, f"text/html; charset={content_type}"), str)
