"""A short name for what an object says, for those that carry no revision: the same content, the same version."""

import hashlib
import json
from typing import Any


def content_version(content: Any) -> str:
    """24 hexadecimal digits of JSON with sorted names; what JSON does not know, such as a time, counts as its text."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.blake2s(text.encode(), digest_size=12).hexdigest()
