"""Which Redis commands may be asked."""

import pytest

from monitor_app.checks.database.commands import READING, parse_command


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("LLEN jobs", ["LLEN", "jobs"]),
        ("get 'a key'", ["get", "a key"]),
        ("HGET h ''", ["HGET", "h", ""]),
    ],
)
def test_words_are_split_as_in_a_shell(text: str, words: list[str]) -> None:
    assert parse_command(text) == words


@pytest.mark.parametrize(
    "text", ["SET a 1", "FLUSHALL", "EVAL 'return 1' 0", "KEYS *", "CONFIG GET *", "BLPOP a 0", "MONITOR", "SHUTDOWN"]
)
def test_what_writes_blocks_or_steers_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_command(text)
    assert f"got '{text.split()[0]}'" in str(caught.value)
    assert "must be a Redis command that only reads (BITCOUNT, " in str(caught.value)


def test_open_quotes_and_too_many_words_are_refused() -> None:
    with pytest.raises(ValueError, match="every quote closed"):
        parse_command("GET 'a")
    with pytest.raises(ValueError, match="at most 100 words, got 101"):
        parse_command("MGET " + "a " * 100)
    with pytest.raises(ValueError, match="only reads"):
        parse_command("''")


def test_commands_are_in_order() -> None:
    assert all(name.isupper() for name in READING)
