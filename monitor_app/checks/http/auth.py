"""How the service knows us: user name and password, or a token."""

from base64 import b64encode
from typing import Literal

Auth = Literal["none", "basic", "bearer", "oauth2_client_credentials"]


def authorization(auth: Auth, username: str, password: str, token: str) -> str:
    """The value of Authorization; empty when there is none, or none yet."""
    match auth:
        case "basic":
            return basic(username, password)
        case "bearer":
            return bearer(token)
        case _:
            return ""


def basic(username: str, password: str) -> str:
    """RFC 7617, in UTF-8."""
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode("ascii")


def bearer(token: str) -> str:
    """RFC 6750."""
    return f"Bearer {token}"
