"""What an answer shows in full: status line, headers, where the body begins, the chain of certificates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from monitor_app.checks.http.charset import text_of
from monitor_app.domain.report import ROWS_LIMIT, Section, facts, table, text
from monitor_app.net.chain_report import chain_of, chain_section
from monitor_app.net.tls import TlsStream
from monitor_app.redact import MASK, is_secret_name, masker

# So much of a body is looked at for its beginning; what is kept is less.
SAMPLE_BYTES = 4096
_BINARY_LOOK_BYTES = 1024
_Mask = Callable[[str], str]


@dataclass(slots=True)
class Seen:
    """The last answer of a check; `body` is its beginning, None when it was not read. `chain` is one that was refused.

    `tokens` are secrets that came into being during the check.
    """

    request: str = ""
    response: httpx.Response | None = None
    body: bytes | None = None
    is_body_cut: bool = False
    chain: tuple[bytes, ...] = ()
    tokens: tuple[str, ...] = ()


def told(seen: Seen) -> Iterator[Section]:
    """The sections of a report."""
    response = seen.response
    if response is None:
        yield from chain_section(seen.chain)
        return
    mask = masker(seen.tokens)
    reason = response.extensions["reason_phrase"].decode("latin-1")
    version = response.extensions["http_version"].decode("ascii")
    line = f"{version} {response.status_code} {reason}".strip()
    yield facts("Answer", {"Asked": mask(seen.request), "Status line": mask(line)})
    headers = response.headers.raw
    yield table(
        "Headers",
        ("Header", "Value"),
        [_header(name, value, mask) for name, value in headers[:ROWS_LIMIT]],
        is_private=True,
        is_cut=len(headers) > ROWS_LIMIT,
    )
    if seen.body:
        yield _body(seen.body, response.headers.get("content-type", ""), mask, is_cut=seen.is_body_cut)
    stream = response.extensions["stream"]
    yield from chain_of(stream if isinstance(stream, TlsStream) else None)


def _header(name: bytes, value: bytes, mask: _Mask) -> tuple[str, str]:
    shown = name.decode("latin-1")
    return shown, MASK if is_secret_name(shown) else mask(value.decode("utf-8", "replace"))


def _body(begin: bytes, content_type: str, mask: _Mask, *, is_cut: bool) -> Section:
    if b"\0" in begin[:_BINARY_LOOK_BYTES] and "charset=utf-16" not in content_type.lower():
        kind = content_type.partition(";")[0].strip() or "of no stated type"
        return text("Begin of the body", f"binary, {kind}", is_cut=is_cut)
    # The last character may have been cut in two.
    return text("Begin of the body", mask(text_of(begin, content_type).rstrip("\ufffd")), is_cut=is_cut)
