"""Who is behind a stream: by the Authorization header, by a session cookie of an own page, or by the first message."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.types import Scope

from monitor_app.api.stream.client import Proof
from monitor_app.api.who import address_of, cookies_of
from monitor_app.security import machine_tokens
from monitor_app.security.permissions import Identity

# Names that somebody might give a key in an address, where it would end in logs and histories.
IN_QUERY = frozenset({"token", "key", "api_key", "apikey", "access_token", "auth", "authorization", "bearer"})


def proof_of(scope: Scope, access: Any, now: datetime) -> Proof | None:
    """Of a handshake. None: it brings a key that is no good.

    A cookie counts only beside an Origin, which the doorman has found to be ours: what browsers send along by itself
    proves nothing without it.
    """
    headers, address = Headers(scope=scope), address_of(scope)
    if "authorization" in headers:
        return proof_of_key(headers["authorization"], address, access, now)
    if "origin" in headers:
        return Proof(replace(access.of_cookie(cookies_of(headers), address), address=address))
    return Proof(access.nobody(address))


def proof_of_key(authorization: str, address: str, access: Any, now: datetime) -> Proof | None:
    """Of an API key or a token of one, as it stands in an Authorization header. None: it is no good."""
    identity: Identity | None = access.of_authorization(authorization, address)
    if identity is None:
        return None
    return Proof(replace(identity, address=address), ends_at_of(identity, authorization, access, now))


def ends_at_of(identity: Identity, authorization: str, access: Any, now: datetime) -> datetime | None:
    """When a short-lived token ends; None for everything else."""
    if identity.via != "token":
        return None
    token = machine_tokens.read(access.signing_keys(), authorization.partition(" ")[2].strip(), now)
    return now if token is None else token.expires_at


def has_key_in_query(scope: Scope) -> bool:
    """Whether the address holds what looks like a key."""
    names = (name.lower() for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    return not IN_QUERY.isdisjoint(names)
