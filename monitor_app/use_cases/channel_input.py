"""What somebody enters to describe a channel, and everything that can be wrong with it, told at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from monitor_app.domain.alerting.channel import NAME_LIMIT, Channel
from monitor_app.domain.alerting.template import given_templates
from monitor_app.domain.given import given_text, shown
from monitor_app.errors import InvalidInput, NotFound, OutboundRefused
from monitor_app.net.failures import NetworkFailure
from monitor_app.net.network import Network
from monitor_app.net.stopwatch import Stopwatch
from monitor_app.plugins.notifier_kinds import Notifier, NotifierConfig, NotifierRegistry
from monitor_app.security.permissions import CHANNEL_WRITE, Identity
from monitor_app.use_cases.config_input import parse_config_of

FIELDS: Final = ("name", "kind", "config", "templates", "enabled", "is_default", "owner")
# Looking a name up takes no longer than a person waits; what is not found yet may be there later.
LOOK_UP_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class ChannelEntry:
    """An entry whose every field was found good. `owner` is a username, "" for everybody's."""

    name: str
    notifier: Notifier
    config: NotifierConfig
    templates: Mapping[str, str]
    enabled: bool
    is_default: bool
    owner: str


def given_kind(registry: NotifierRegistry, value: Any) -> Notifier:
    """Raises InvalidInput on `kind`, naming those there are."""
    try:
        return registry[value if isinstance(value, str) else ""]
    except NotFound as err:
        raise InvalidInput({"kind": str(err).removeprefix("kind ")}) from err


def given_config(notifier: Notifier, values: Any, before: Channel | None = None) -> NotifierConfig:
    """A kind's config; secrets that are given as their mask stay as they were. Raises InvalidInput."""
    if not isinstance(values, Mapping):
        raise InvalidInput({"config": f"must be an object with named fields, got {shown(values)}"})
    known = before.config if before is not None and before.kind == notifier.name else None
    config = parse_config_of(notifier, values, known)
    assert isinstance(config, NotifierConfig)
    return config


def parse_channel(registry: NotifierRegistry, values: Mapping[str, Any], before: Channel | None = None) -> ChannelEntry:
    """A whole entry. Raises InvalidInput with a message for each wrong field; a config's stand under their names."""
    wrong: dict[str, str] = {}
    found: dict[str, Any] = {}
    if strange := [name for name in values if name not in FIELDS]:
        wrong[str(strange[0])[:60]] = f"is not known: a channel has {', '.join(FIELDS)}"
    checks: dict[str, Any] = {
        "name": lambda value: given_text("name", value, NAME_LIMIT),
        "notifier": lambda _: given_kind(registry, values.get("kind")),
        "templates": lambda value: given_templates(value or {}),
        "enabled": lambda value: _yes_or_no("enabled", value),
        "is_default": lambda value: _yes_or_no("is_default", value),
        "owner": lambda value: given_text("owner", value or "", NAME_LIMIT, is_required=False),
    }
    for name, check in checks.items():
        try:
            found[name] = check(values.get(name))
        except InvalidInput as err:
            wrong |= err.fields
    if "notifier" in found:
        try:
            found["config"] = given_config(found["notifier"], values.get("config"), before)
        except InvalidInput as err:
            wrong = err.fields | wrong
    if wrong:
        raise InvalidInput(wrong)
    if found["owner"]:
        found["is_default"] = False
    return ChannelEntry(**found)


async def must_be_allowed(
    identity: Identity, network: Network, config: NotifierConfig, before: NotifierConfig | None = None
) -> None:
    """Refuse a place that the outbound rules forbid, or that this person may not have messages sent to.

    `before` is the config that the channel has already: who was given one that leads to a host of ours takes it as it
    is, for on the same host another path, method or header does something else. Raises InvalidInput on the field that
    names the place.
    """
    if not identity.may(CHANNEL_WRITE) and not config.is_public_place and config != before:
        places = ", ".join(config.public_hosts) or "none that is known"
        text = f"must lead to the provider itself ({places}): ask an editor for a channel that leads elsewhere"
        if before is not None and not before.is_public_place:
            text = f"{text}, or to change this one"
        raise InvalidInput({config.place_field: text})
    if config.place is None or config.is_public_place:
        return
    try:
        await network.addresses(*config.place, Stopwatch(LOOK_UP_SECONDS))
    except OutboundRefused as err:
        raise InvalidInput({config.place_field: str(err)}) from err
    except NetworkFailure:
        return


def _yes_or_no(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput({name: f"must be true or false, got {shown(value)}"})
    return value
