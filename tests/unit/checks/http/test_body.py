"""Decoding bodies without letting them grow."""

import gzip
import os
import zlib

import pytest

from monitor_app.checks.http.body import DECODED_LIMIT_BYTES, BrokenBody, decoded


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        (" X-GZIP ", gzip.compress(b"hello", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", zlib.compress(b"hello", wbits=-15)),
        ("", b"hello"),
        ("identity", b"hello"),
        ("br", b"hello"),
    ],
)
def test_what_can_be_decoded_is(encoding: str, packed: bytes) -> None:
    assert decoded(packed, encoding) == b"hello"


def test_decoding_stops_at_the_limit() -> None:
    assert len(decoded(gzip.compress(bytes(50_000_000)), "gzip")) == DECODED_LIMIT_BYTES


def test_a_body_that_is_cut_off_is_decoded_as_far_as_it_goes() -> None:
    assert decoded(gzip.compress(b"hello" + os.urandom(1000))[:500], "gzip").startswith(b"hello")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_that_lies_about_its_encoding_is_broken(encoding: str) -> None:
    with pytest.raises(BrokenBody, match=f"says it is {encoding}"):
        decoded(b"<html>not packed</html>", encoding)


def test_an_empty_body_is_never_broken() -> None:
    assert decoded(b"", "gzip") == b""
