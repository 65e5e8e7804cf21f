"""Which Redis commands may be asked: those that only read, answer at once, and touch a bounded part of the data."""

import shlex

from monitor_app.plugins.forms import shown_value

# fmt: off
READING = frozenset({
    "BITCOUNT", "DBSIZE", "ECHO", "EXISTS", "GET", "GETBIT", "GETRANGE", "HEXISTS", "HGET", "HLEN", "HMGET",
    "HSTRLEN", "INFO", "LASTSAVE", "LINDEX", "LLEN", "LRANGE", "MGET", "PING", "PTTL", "ROLE", "SCARD",
    "SISMEMBER", "STRLEN", "TIME", "TTL", "TYPE", "XLEN", "ZCARD", "ZCOUNT", "ZSCORE",
})
# fmt: on
ARGUMENTS_LIMIT = 100


def parse_command(text: str) -> list[str]:
    """The words of a command, quoted as in a shell. Raises ValueError, saying what is allowed and what was given."""
    try:
        words = shlex.split(text)
    except ValueError as err:
        raise ValueError("must have every quote closed") from err
    if not words or words[0].upper() not in READING:
        given = shown_value(words[0] if words else text)
        raise ValueError(f"must be a Redis command that only reads ({', '.join(sorted(READING))}), got {given}")
    if len(words) > ARGUMENTS_LIMIT:
        raise ValueError(f"must have at most {ARGUMENTS_LIMIT} words, got {len(words)}")
    return words
