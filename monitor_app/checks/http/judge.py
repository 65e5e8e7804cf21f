"""Judges an answer by its status, its headers and what is in its body."""

from http import HTTPStatus

import httpx

from monitor_app.checks.http import json_conditions
from monitor_app.checks.http.body import DECODED_LIMIT_BYTES, Body
from monitor_app.checks.http.charset import text_of
from monitor_app.checks.http.config import Config
from monitor_app.checks.http.url import shown_url
from monitor_app.redact import harmless

_UNPACKED = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})
_SHOWN_LIMIT = 60


class NotAsExpected(Exception):
    """There is an answer, but not the one that is expected; the text says what was expected."""


async def judged(config: Config, response: httpx.Response, body: Body, led_to: httpx.URL | None) -> str:
    """The message of a good answer. `led_to` is where redirects led, None without any. Raises NotAsExpected.

    An inverted check wants an answer that is not as expected.
    """
    answer = status_line(response)
    try:
        await _check(config, response, body, answer)
    except NotAsExpected as err:
        led = f" (after a redirect to {shown_url(str(led_to))})" if led_to else ""
        if config.is_inverted:
            return f"{err}{led}: that is what this inverted check wants"
        raise NotAsExpected(f"{err}{led}") from err
    if config.is_inverted:
        raise NotAsExpected(f"{answer}: all is as expected, which this inverted check does not want")
    return answer


async def _check(config: Config, response: httpx.Response, body: Body, answer: str) -> None:
    if not config.accepts(response.status_code):
        raise NotAsExpected(f"{answer}, expected {config.accepted_statuses}")
    if config.expected_headers:
        await _check_headers(config, response, answer)
    if config.is_reading:
        await _check_body(config, response, body, answer)


async def _check_headers(config: Config, response: httpx.Response, answer: str) -> None:
    for wanted in config.header_conditions:
        values = response.headers.get_list(wanted.name)
        if not values:
            raise NotAsExpected(f"{answer}, but there is no header {wanted.name}")
        if not await wanted.holds(values):
            # The value may be a cookie or a token: it is not repeated.
            raise NotAsExpected(f"{answer}, but the header {wanted.name} is not {wanted.shown}")


async def _check_body(config: Config, response: httpx.Response, body: Body, answer: str) -> None:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _UNPACKED:
        raise NotAsExpected(f"{answer}, but the body is packed as {encoding[:_SHOWN_LIMIT]!r}, which was not asked for")
    if config.body_contains or config.body_lacks or config.pattern:
        await _check_text(config, text_of(body.content, response.headers.get("content-type", "")), body, answer)
    if config.conditions:
        await _check_json(config, body, answer)


async def _check_text(config: Config, text: str, body: Body, answer: str) -> None:
    part = "the body" if body.is_whole else _read_part(body)
    if config.body_contains and config.body_contains not in text:
        raise NotAsExpected(f"{answer}, but {part} does not contain {_shown(config.body_contains)}")
    if config.body_lacks and config.body_lacks in text:
        raise NotAsExpected(f"{answer}, but the body contains {_shown(config.body_lacks)}")
    if config.pattern and not await config.pattern.is_in(text.encode()):
        raise NotAsExpected(f"{answer}, but {part} has no match for /{harmless(config.body_pattern, _SHOWN_LIMIT)}/")


async def _check_json(config: Config, body: Body, answer: str) -> None:
    if not body.is_whole:
        raise NotAsExpected(f"{answer}, but the body is too long to be read as JSON: {_limit_words(body)}")
    try:
        complaint = await json_conditions.complaint(config.conditions, body.content)
    except json_conditions.NoJson as err:
        raise NotAsExpected(f"{answer}, but {err}") from err
    if complaint:
        raise NotAsExpected(f"{answer}, but {complaint}")


def _read_part(body: Body) -> str:
    return f"what was read of the body ({_limit_words(body)})"


def _limit_words(body: Body) -> str:
    return body.cut or f"only the first {DECODED_LIMIT_BYTES // 1024} KB are read"


def _shown(text: str) -> str:
    return repr(harmless(text, _SHOWN_LIMIT))


def status_line(response: httpx.Response) -> str:
    """`503 Service Unavailable`; the standard's words, because a server may send any text."""
    try:
        return f"{response.status_code} {HTTPStatus(response.status_code).phrase}"
    except ValueError:
        return str(response.status_code)
