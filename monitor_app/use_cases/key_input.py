"""What a new key of a program or a wall screen is given, checked; and how keys are shown."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any, Literal

from monitor_app.domain.account import KeyView
from monitor_app.domain.given import given_number, given_texts, shown
from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import NOT_FOR_KEYS, PERMISSIONS, Identity
from monitor_app.storage.api_keys import ApiKey

NAME_LIMIT = 80
DAYS_LIMIT = 3650
ADDRESSES_LIMIT = 20


def check_permissions(identity: Identity, value: Any) -> tuple[str, ...]:
    """At least one, and none that its owner does not hold. Raises InvalidInput (field `permissions`)."""
    wanted = given_texts("permissions", value, len(PERMISSIONS), NAME_LIMIT)
    allowed = [name for name in PERMISSIONS if identity.may(name) and name not in NOT_FOR_KEYS]
    wrong = [name for name in wanted if name not in allowed]
    if wrong or not wanted:
        got = f", got {shown(wrong[0])}" if wrong else ""
        raise InvalidInput({"permissions": f"must be one or more of {', '.join(allowed)}{got}"})
    return tuple(name for name in allowed if name in wanted)


def check_addresses(value: Any) -> tuple[str, ...]:
    """Networks in their normal form. Raises InvalidInput (field `addresses`)."""
    found = []
    for text in given_texts("addresses", value, ADDRESSES_LIMIT, 50):
        try:
            found.append(str(ip_network(text, strict=False)))
        except ValueError as err:
            allowed = "addresses or networks such as 192.0.2.7 or 10.0.0.0/8"
            raise InvalidInput({"addresses": f"must be {allowed}, got {shown(text)}"}) from err
    return tuple(dict.fromkeys(found))


def check_expiry(value: Any, now: datetime) -> datetime | None:
    """When so many days are over; None: never. Raises InvalidInput (field `expires_days`)."""
    return None if value is None else now + timedelta(days=given_number("expires_days", value, 1, DAYS_LIMIT))


def key_view(key: ApiKey, created_by: str, now: datetime) -> KeyView:
    """As screens show it."""
    return KeyView(
        pk=key.pk,
        key_id=key.key_id,
        name=key.name,
        permissions=key.permissions,
        addresses=key.addresses,
        created_by=created_by,
        created_at=key.created_at,
        expires_at=key.expires_at,
        used_at=key.used_at,
        used_from=key.used_from,
        state=_state(key, now),
    )


def _state(key: ApiKey, now: datetime) -> Literal["works", "revoked", "expired"]:
    if key.revoked_at is not None:
        return "revoked"
    return "works" if key.works(now) else "expired"


def key_document(key: ApiKey) -> Mapping[str, Any]:
    """For the audit log."""
    return {"name": key.name, "permissions": list(key.permissions), "addresses": list(key.addresses)}
