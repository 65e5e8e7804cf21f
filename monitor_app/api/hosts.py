"""Names in Host headers."""

from urllib.parse import urlsplit


def host_name(host: str) -> str:
    """The name in a Host header, without the port; "" for what is none."""
    if "@" in host or "/" in host:
        return ""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
