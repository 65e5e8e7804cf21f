"""Websites: the simple face of those services that check a web address."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.service import ServiceDefinition
from monitor_app.errors import Conflict, InvalidInput, NotFound
from monitor_app.security.permissions import Identity
from monitor_app.storage.websites import load_urls
from monitor_app.use_cases.services import Removed, ServiceUseCases

# A service is a website while it is of this kind and of this type, which is what the kind is by itself.
KIND: Final = "http"
SERVICE_TYPE: Final = "website"
DEADLINE_SECONDS: Final = 30.0
ATTEMPTS: Final = 3
# What a website's fields are called of a service.
NAMES: Final[Mapping[str, str]] = {"name": "label", "check_interval": "interval_seconds"}
PORTS: Final[Mapping[str, int]] = {"http": 80, "https": 443}


class WebsiteUseCases:
    """What a person or a client does with websites. No two have the same address."""

    def __init__(self, services: ServiceUseCases) -> None:
        self._services = services

    async def create(
        self, identity: Identity, *, url: str, name: str, enabled: bool, check_interval: int
    ) -> ServiceDefinition:
        """Add one; a blank name is the address, `check_interval` is in seconds.

        Raises InvalidInput with a message for each wrong field, Conflict (field `url`) when a website has this address.
        """
        values = {
            "label": name,
            "kind": KIND,
            "service_type": SERVICE_TYPE,
            "enabled": enabled,
            "interval_seconds": check_interval,
            "status_config": {"url": url, "deadline_seconds": DEADLINE_SECONDS, "failures_to_fail": ATTEMPTS},
        }
        with _in_words_of_websites():
            return await self._services.create(identity, values, refuse=_refuse_known)

    async def update(
        self, identity: Identity, website_id: str, values: Mapping[str, Any], *, expected_revision: int | None
    ) -> ServiceDefinition:
        """Change `url`, `name`, `enabled` or `check_interval`; what is not named stays.

        Raises InvalidInput with a message for each wrong field, Conflict (field `url`) when another website has this
        address, Stale, NotFound.
        """
        before = await self._require_website(identity, website_id)
        if not values:
            return before
        given = {NAMES.get(name, name): value for name, value in values.items()}
        if "url" in given:
            given["status_config"] = {"url": given.pop("url")}
        with _in_words_of_websites():
            return await self._services.update(
                identity,
                website_id,
                given,
                expected_revision=expected_revision,
                manner="merge",
                refuse=_refuse_known if "url" in values else None,
            )

    async def remove(
        self, identity: Identity, website_id: str, *, cascade: bool, expected_revision: int | None
    ) -> Removed:
        """Delete one as a service. Raises NotFound, PermissionDenied, Conflict and Stale as that does."""
        await self._require_website(identity, website_id)
        return await self._services.remove(identity, [website_id], cascade=cascade, expected_revision=expected_revision)

    async def _require_website(self, identity: Identity, website_id: str) -> ServiceDefinition:
        found = await self._services.get(identity, website_id)
        if not is_website(found):
            raise NotFound("there is no such website")
        return found


def is_website(service: ServiceDefinition) -> bool:
    """Whether a service is one."""
    return service.kind == KIND and service.service_type == SERVICE_TYPE


def same_address(url: str) -> str:
    """The same text for all ways to write an address: scheme and host in small letters, without their own port."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    port = "" if parts.port in (None, PORTS.get(scheme)) else f":{parts.port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{scheme}://{host}{port}{parts.path or '/'}{query}"


@contextmanager
def _in_words_of_websites() -> Iterator[None]:
    """Messages under the names of a website's fields."""
    try:
        yield
    except InvalidInput as err:
        names = {theirs: ours for ours, theirs in NAMES.items()}
        raise type(err)({names.get(name, name): text for name, text in err.fields.items()}) from err


async def _refuse_known(conn: AsyncConnection, written: Sequence[ServiceDefinition]) -> None:
    """Raises Conflict when one of these has the address of another website."""
    known = {pk: same_address(url) for pk, url in (await load_urls(conn, KIND, SERVICE_TYPE)).items()}
    for service in written:
        own = known[service.pk]
        if any(address == own for pk, address in known.items() if pk != service.pk):
            raise Conflict({"url": "must be unique: another website has this address"})
