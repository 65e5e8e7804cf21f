"""Bytes written as text."""

import pytest

from monitor_app.checks.tcp.escapes import unescaped


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b""),
        ("PING", b"PING"),
        (r"PING\r\n", b"PING\r\n"),
        (r"\x00\xff\xFe\0\t", b"\x00\xff\xfe\x00\t"),
        (r"a\\r", rb"a\r"),
        (r"\\\r", b"\\\r"),
        ("ä\n", "ä\n".encode()),
        (r"\x410", b"A0"),
    ],
)
def test_escapes_become_bytes(text: str, data: bytes) -> None:
    assert unescaped(text) == data


@pytest.mark.parametrize("text", ["\\", r"\q", r"a\x1", r"\xgg", r"\u0041", "\\\n"])
def test_other_escapes_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="after a backslash, got"):
        unescaped(text)
