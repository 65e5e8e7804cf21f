"""Takes secrets out of texts that people or log files will see."""

import re

MASK = "***"

_SECRET_NAME = re.compile(
    r"pass(?:word|wd|phrase)|secret|token|authori[sz]ation|cookie|credential|api[-_]?key|private[-_]?key|session[-_]?id"
    r"|(?:^|[-_])(?:auth|pwd|signature)(?:$|[-_])",
    re.IGNORECASE,
)
# user:pass@ and user@ between the scheme and the host; the last @ before a slash counts, as browsers do it. Without a
# scheme only `user:pass@host`, so that a mail address stays readable.
_URL_CREDENTIALS = re.compile(r"(?<=://)[^\s/?#\"'<>]*@")
_QUERY_VALUE = re.compile(
    r"(?P<name>[?&;][^=&;\s#]*?(?:pass|secret|token|auth|key|sig|session|credential|code)[^=&;\s#]*=)[^&;\s#\"']+",
    re.IGNORECASE,
)
_AUTH_HEADER = re.compile(r"\b(?P<scheme>Bearer|Basic|Digest)\s+[A-Za-z0-9+/=._~-]{6,}")


def is_secret_name(name: str) -> bool:
    """Whether a field, header or setting of this name holds something nobody may read."""
    return _SECRET_NAME.search(name) is not None


def redact(text: str) -> str:
    """Mask URL credentials, query values that look like secrets, and authorization headers inside a text.

    Looks for a telltale character first, because almost every text has none and this runs for each log line.
    """
    if "@" in text:
        text = _URL_CREDENTIALS.sub(f"{MASK}@", text)
    if "=" in text:
        text = _QUERY_VALUE.sub(rf"\g<name>{MASK}", text)
    if "asic " in text or "earer " in text or "igest " in text:
        text = _AUTH_HEADER.sub(rf"\g<scheme> {MASK}", text)
    return text
