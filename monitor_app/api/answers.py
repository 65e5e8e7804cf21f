"""Answers that a client may already have (RFC 9110, section 13): ETag, If-None-Match, If-Match."""

import hashlib
import json
import re
from typing import Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from monitor_app.errors import PreconditionFailed

_REVISION = re.compile(r'"r(\d{1,18})(?:-[0-9a-f]{1,16})?"')
_VERSION = re.compile(r'"([0-9a-f]{24})(?:-[0-9a-f]{1,16})?"')
# What was asked with a key or a cookie is nobody else's, and is asked again each time.
PRIVATE = "private, no-cache"
NOT_MODIFIED = 304


def tag_of(*parts: object) -> str:
    """A strong ETag of what an answer is made of: the same parts, the same answer."""
    digest = hashlib.blake2s("|".join(map(str, parts)).encode(), digest_size=12).hexdigest()
    return f'"{digest}"'


def tag_of_revision(revision: int, *beside: object) -> str:
    """The ETag of one object that carries a revision; `expected_revision` reads it from If-Match.

    What is shown `beside`, and changes without the object, makes another ETag, too; for If-Match it does not count.
    """
    if not beside:
        return f'"r{revision}"'
    return f'"r{revision}-{_digest(beside)}"'


def tag_of_version(version: str, *beside: object) -> str:
    """The same for an object whose version is its `domain.version.content_version`; see `expected_version`."""
    return f'"{version}"' if not beside else f'"{version}-{_digest(beside)}"'


def tag_of_content(content: bytes) -> str:
    """The ETag of an answer by what it says: the same in every process, and after a restart."""
    return f'"{hashlib.blake2s(content, digest_size=12).hexdigest()}"'


def answer_of(request: Request, content: Any) -> Response:
    """JSON, or 304 for a client that has just this."""
    body = content if isinstance(content, bytes) else encoded(content)
    return answer(request, body, tag_of_content(body))


def is_known(request: Request, tag: str) -> bool:
    """Whether the client has just this already."""
    listed = request.headers.get("if-none-match", "")
    return listed.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in listed.split(",")]


def answer(request: Request, content: Any, tag: str, status: int = 200, **headers: str) -> Response:
    """JSON with its ETag, or 304 without content for a client that has it. `content` may be encoded bytes already."""
    own = {"ETag": tag, "Cache-Control": PRIVATE, **headers}
    if request.method in ("GET", "HEAD") and is_known(request, tag):
        return Response(status_code=NOT_MODIFIED, headers=own)
    if isinstance(content, bytes):
        return Response(content, status, own, media_type="application/json")
    return JSONResponse(jsonable(content), status, own)


def expected_revision(request: Request) -> int | None:
    """The revision that a change is based on, by If-Match; None when the client does not say or says `*`.

    Raises PreconditionFailed for an ETag that is none of an object's.
    """
    given = request.headers.get("if-match", "").strip()
    if given in ("", "*"):
        return None
    found = _REVISION.fullmatch(given)
    if found is None:
        raise PreconditionFailed(f"If-Match must be the ETag of the object as it was read, got {given[:60]}")
    return int(found.group(1))


def expected_version(request: Request) -> str | None:
    """The same for an object without a revision, whose ETag is its `domain.version.content_version`."""
    given = request.headers.get("if-match", "").strip()
    if given in ("", "*"):
        return None
    found = _VERSION.fullmatch(given)
    if found is None:
        raise PreconditionFailed(f"If-Match must be the ETag of the object as it was read, got {given[:60]}")
    return found.group(1)


def _digest(beside: tuple[object, ...]) -> str:
    return hashlib.blake2s("|".join(map(str, beside)).encode(), digest_size=8).hexdigest()


def jsonable(content: Any) -> Any:
    """Models as plain JSON values, in lists and dicts, too."""
    if isinstance(content, BaseModel):
        return content.model_dump(mode="json")
    if isinstance(content, dict):
        return {name: jsonable(value) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [jsonable(value) for value in content]
    return content


def encoded(content: Any) -> bytes:
    """The same as bytes, for an answer that is kept."""
    return json.dumps(content, default=_of_model, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _of_model(content: Any) -> Any:
    if isinstance(content, BaseModel):
        return content.model_dump(mode="json")
    raise TypeError(f"{type(content).__name__} is not JSON")
