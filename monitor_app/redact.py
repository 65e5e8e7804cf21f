"""Makes texts fit for people, terminals and log files: without secrets, and without what steers a terminal."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable
from html import escape
from urllib.parse import quote, quote_plus

MASK = "***"
SECRET_MIN = 4
# So much of a secret is as much as all of it.
_BEGINNING = 8

_SECRET_NAME = re.compile(
    r"pass(?:word|wd|phrase)|secret|token|authori[sz]ation|cookie|credential|api[-_]?key|private[-_]?key|session[-_]?id"
    r"|(?:^|[-_])(?:auth|pwd|signature)(?:$|[-_])",
    re.IGNORECASE,
)
# user:pass@ and user@ between the scheme and the host; the last @ before a slash counts, as browsers do it. Without a
# scheme only `user:pass@host`, so that a mail address stays readable.
_URL_CREDENTIALS = re.compile(r"(?<=://)[^\s/?#\"'<>]*@")
_QUERY_VALUE = re.compile(
    r"(?P<name>[?&;](?=[^=&;\s#]*?(?:pass|secret|token|auth|key|sig|session|credential|code))[^=&;\s#]*+=)[^&;\s#\"']+"
    # Other names are passed over whole: who began anew within them would take minutes for a long one.
    r"|[?&;][^=&;\s#]*+",
    re.IGNORECASE,
)
_AUTH_HEADER = re.compile(r"\b(?P<scheme>Bearer|Basic|Digest)\s+[A-Za-z0-9+/=._~-]{6,}")
# `"access_token": "...`, `password=...`, `api-key: ...`; a value in quotes may have been cut before their end.
_NAMED_VALUE = re.compile(
    r"(?P<name>(?:pass(?:word|wd|phrase)|secret|token|credential|api[-_]?key|private[-_]?key|session[-_]?id"
    r"|authorization|cookie)[\w.-]{0,30}+[\"']?+\s{0,8}+[:=]\s{0,8}+)"
    r"(?:\"(?:[^\"\\\n]|\\.)*+\"?|'[^'\n]*+'?|(?:(?:Basic|Bearer|Digest|Token)\s+)?[^\s,;&\"'<>{}\[\]]++)",
    re.IGNORECASE,
)
# Without one of them in it, no text has to be looked through.
_TELLTALES = ("pass", "secret", "token", "credential", "key", "session", "authorization", "cookie")
# A JSON Web Token (RFC 7519), also where its end was cut off.
_SIGNED_TOKEN = re.compile(r"\beyJ[\w-]{10,}(?:\.[\w-]*){1,2}")
# Whoever knows the last part of a service's address for reports may report for it.
_PUSH_TOKEN = re.compile(r"(?<=/push/)[^/?#\s\"'<>]+")
# What PostgreSQL says about a row that it refuses; the text may have been cut inside of it.
_REFUSED_ROW = re.compile(r"(?s)Failing row contains \(.*?(?:\)\.(?=\n|$)|\Z)")

# Control characters, line and paragraph separators and those that turn the direction of writing: none of them may
# reach a terminal or begin a line of its own.
_UNSAFE = [*range(0x20), 0x7F, *range(0x80, 0xA0), 0x061C, 0x200E, 0x200F, 0x2028, 0x2029]
_UNSAFE += [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF]
# For str.translate().
SPELLED_OUT = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _UNSAFE} | {9: " "}


def is_secret_name(name: str) -> bool:
    """Whether a field, header or setting of this name holds something nobody may read."""
    return _SECRET_NAME.search(name) is not None


def redact(text: str) -> str:
    """Mask URL credentials, query values that look like secrets, authorization headers and rows inside a text.

    Looks for a telltale character first, because almost every text has none and this runs for each log line.
    """
    if "@" in text:
        text = _URL_CREDENTIALS.sub(f"{MASK}@", text)
    if "=" in text:
        text = _QUERY_VALUE.sub(lambda found: f"{found['name']}{MASK}" if found["name"] else found[0], text)
    if "asic " in text or "earer " in text or "igest " in text:
        text = _AUTH_HEADER.sub(rf"\g<scheme> {MASK}", text)
    if "/push/" in text:
        text = _PUSH_TOKEN.sub(MASK, text)
    if "Failing row" in text:
        text = _REFUSED_ROW.sub(f"Failing row contains ({MASK}).", text)
    return text


def masked(text: str, secrets: Iterable[str]) -> str:
    """The text without these secrets, should somebody repeat what it was sent: as it is, in base64, in a URL, or cut.

    Very short ones stay: without them half of the text would be black, and what is missing would tell them.
    """
    return masker(secrets)(text)


def masker(secrets: Iterable[str]) -> Callable[[str], str]:
    """The same for many texts: what the secrets look like is worked out once."""
    forms = [form for secret in secrets if len(secret) >= SECRET_MIN for form in _forms(secret)]
    forms.sort(key=len, reverse=True)

    def mask(text: str) -> str:
        # Whole ones first: another form may begin alike, and would leave the end of this one.
        for form in forms:
            text = text.replace(form, MASK)
        for form in forms:
            text = _without(text, form)
        return text

    return mask


def without_named_secrets(text: str) -> str:
    """A text with names and values in it (JSON, a form, settings) without the values whose names tell of a secret."""
    lowered = text.lower()
    if any(word in lowered for word in _TELLTALES):
        text = _NAMED_VALUE.sub(lambda found: f"{found['name']}{MASK}", text)
    return _SIGNED_TOKEN.sub(MASK, text) if "eyJ" in text else text


def _forms(secret: str) -> list[str]:
    """As it is, and as addresses, forms, JSON and HTML hold it; in base64."""
    raw = secret.encode(errors="surrogatepass")
    quoted = [quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace")]
    escaped = [json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], escape(secret)]
    return list(dict.fromkeys([secret, *quoted, *escaped, b64encode(raw).decode("ascii")]))


def _without(text: str, secret: str) -> str:
    """Also where only the beginning is there, because the rest was cut off."""
    beginning = secret[:_BEGINNING]
    at = text.find(beginning)
    while at >= 0:
        end = at + len(beginning)
        while end < len(text) and end - at < len(secret) and text[end] == secret[end - at]:
            end += 1
        text = f"{text[:at]}{MASK}{text[end:]}"
        at = text.find(beginning, at + len(MASK))
    return text


def harmless(text: str, limit: int) -> str:
    """A text of somebody else as it may be shown: control characters spelled out, at most `limit` characters."""
    text = text[: limit + 1]
    if not text.isprintable():
        text = text.translate(SPELLED_OUT)
    return text if len(text) <= limit else text[: limit - 1] + "…"
