"""Where to go after the log-in: only to a page of this installation, whatever the link said that led to it."""

import re
from urllib.parse import urlsplit

LIMIT = 2000
HOME = "/"
# What a browser would read as the beginning of another host: two slashes, either way round.
_OTHER_HOST = re.compile(r"/[/\\]")
_FINE = re.compile(r"/[!-~]*")


def own_path(text: str, otherwise: str = HOME) -> str:
    """`text` when it is a path (with query and fragment) of ours, else `otherwise`.

    Browsers drop tabs and line breaks and turn backslashes round before they look, so a path with any of these, or
    with anything that is not plain ASCII, is none; nor is one that leads back to the log-in or to what is no page.
    """
    if len(text) > LIMIT or not _FINE.fullmatch(text) or _OTHER_HOST.match(text) or "\\" in text:
        return otherwise
    path = urlsplit(text).path
    return otherwise if path.startswith(("/api", "/login", "/_", "//")) or "/../" in f"{path}/" else text
