"""Reads what people ask of an RDAP answer about a domain (RFC 9083)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from monitor_app.net.failures import BadAnswer
from monitor_app.redact import harmless

_TEXT_LIMIT = 200
_LIST_LIMIT = 20
# RFC 9083, section 10.2.3. The registry's own date counts; some only know the registrar's.
_EXPIRATIONS = ("expiration", "registrar expiration")


@dataclass(frozen=True, slots=True)
class Registration:
    """Texts of the registry, made harmless. `expires_at` is None when the registry does not tell."""

    domain: str
    expires_at: datetime | None
    registrar: str
    statuses: tuple[str, ...]
    nameservers: tuple[str, ...]

    def days_left(self, now: datetime) -> float | None:
        """Days until it expires; negative afterwards."""
        return None if self.expires_at is None else (self.expires_at - now).total_seconds() / 86_400


def read_registration(document: Any, asked: str) -> Registration:
    """Raises BadAnswer when this is no RDAP answer about a domain."""
    if not isinstance(document, dict) or document.get("objectClassName", "domain") != "domain":
        raise BadAnswer("the registry's answer is not about a domain")
    if not any(key in document for key in ("ldhName", "handle", "events", "status")):
        raise BadAnswer("the registry's answer is not RDAP")
    return Registration(
        domain=_text(document.get("ldhName")).lower().rstrip(".") or asked,
        expires_at=_expiration(document),
        registrar=_registrar(document),
        statuses=tuple(_text(status) for status in _list(document.get("status")) if isinstance(status, str)),
        nameservers=tuple(
            _text(server.get("ldhName")).lower()
            for server in _dicts(document.get("nameservers"))
            if "ldhName" in server
        ),
    )


def _expiration(document: dict[str, Any]) -> datetime | None:
    for action in _EXPIRATIONS:
        for event in _dicts(document.get("events")):
            if event.get("eventAction") == action and (moment := _moment(event.get("eventDate"))) is not None:
                return moment
    return None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _registrar(document: dict[str, Any]) -> str:
    for entity in _dicts(document.get("entities")):
        if "registrar" in _list(entity.get("roles")):
            return _called(entity) or _text(entity.get("handle"))
    return ""


def _called(entity: dict[str, Any]) -> str:
    """The formatted name of its jCard (RFC 7095): ["vcard", [["fn", {}, "text", "Name"], ...]]."""
    card = _list(entity.get("vcardArray"))
    for line in _list(card[1] if len(card) > 1 else None):
        if isinstance(line, list) and len(line) > 3 and line[0] == "fn":
            return _text(line[3])
    return ""


def _text(value: Any) -> str:
    return harmless(value, _TEXT_LIMIT) if isinstance(value, str) else ""


def _list(value: Any) -> list[Any]:
    return value[:_LIST_LIMIT] if isinstance(value, list) else []


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    return (entry for entry in _list(value) if isinstance(entry, dict))
