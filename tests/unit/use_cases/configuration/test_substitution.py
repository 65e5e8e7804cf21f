"""Values from outside of a file."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor_app.use_cases.configuration.substitution import FILE_LIMIT_BYTES, Substitution, escaped, substituted


def refusal(text: str, substitution: Substitution | None) -> str:
    with pytest.raises(ValueError) as caught:
        substituted(text, substitution)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("${A}", "one"),
        ("x-${A}-${B}", "x-one-two"),
        ("${NO:-default}", "default"),
        ("${EMPTY:-default}", "default"),
        ("${EMPTY}", ""),
        ("${A:-default}", "one"),
        ("${NO:-}", ""),
        ("$$", "$"),
        ("$${A}", "${A}"),
        ("$$${A}", "$one"),
        ("$.status == $x", "$.status == $x"),
        ("^ok$", "^ok$"),
    ],
)
def test_variables_are_put_in(text: str, becomes: str) -> None:
    assert substituted(text, Substitution({"A": "one", "B": "two", "EMPTY": ""})).text == becomes


def test_values_that_were_put_in_are_known() -> None:
    assert substituted("${A} ${NO:-x}", Substitution({"A": "one"})).values == ("one", "x")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("${NO}", "needs the variable NO, which is not set: set it, or write ${NO:-default}"),
        ("${A", "must be ${NAME}"),
        ("${}", "must be ${NAME}"),
        ("${A-B}", "must be ${NAME}"),
        ("${file:}", "must be ${NAME}"),
        ("${HALF}", "holds other bytes"),
        ("${NUL}", "holds other bytes"),
    ],
)
def test_what_cannot_be_put_in_is_told(text: str, told: str) -> None:
    assert told in refusal(text, Substitution({"A": "one", "HALF": "\udcff", "NUL": "\0"}))


@given(st.text())
def test_escaped_text_comes_out_the_same(text: str) -> None:
    assert substituted(escaped(text), None).text == text


def test_without_variables_none_is_taken() -> None:
    assert "only files on the server itself" in refusal("${A}", None)
    assert substituted("$${A}", None).text == "${A}"


def test_files_are_read_without_their_last_line_break(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2\r\n")

    substitution = Substitution({}, tmp_path)

    assert substituted("${file:password}", substitution).text == "hunter2"
    assert substituted(f"${{file:{tmp_path}/password}}!", substitution).text == "hunter2!"
    assert substitution.used_files == [tmp_path / "password", tmp_path / "password"]


def test_files_that_are_none_are_told_without_their_content(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * (FILE_LIMIT_BYTES + 1))
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "nul").write_bytes(b"a\0b")
    os.mkfifo(tmp_path / "pipe")
    substitution = Substitution({}, tmp_path)

    assert "no such file" in refusal("${file:gone}", substitution)
    assert "at most 64 KiB" in refusal("${file:large}", substitution)
    assert "in UTF-8" in refusal("${file:bytes}", substitution)
    assert "NUL" in refusal("${file:nul}", substitution)
    assert "no plain file" in refusal("${file:pipe}", substitution)
    assert "needs the file" in refusal("${file:.}", substitution)


def test_own_key_file_is_refused_by_any_name(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("k3y")
    (tmp_path / "harmless").symlink_to(tmp_path / "secret.key")
    substitution = Substitution({}, tmp_path, [tmp_path / "secret.key", tmp_path / "gone"])

    assert "Lightbulb's own" in refusal("${file:harmless}", substitution)
