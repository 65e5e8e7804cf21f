"""The settings of a kind as a form sends them: blank ones, texts for mappings, masks for secrets that are stored."""

from collections.abc import Mapping
from typing import Any

from monitor_app.domain.given import shown
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import FormField
from monitor_app.plugins.protocols import PluginConfig
from monitor_app.plugins.registry import Plugin
from monitor_app.plugins.sealing import SEALED, holds_sealed
from monitor_app.redact import MASK, is_secret_name


def parse_config_of(kind: Plugin, values: object, before: Mapping[str, Any] | None = None) -> PluginConfig:
    """Checked values for a kind of anything, secrets in clear. `before` is the stored config, which masks stand for.

    Raises InvalidInput with a message for each wrong field.
    """
    if not isinstance(values, Mapping):
        raise InvalidInput({"status_config": f"must be an object with named fields, got {shown(values)}"})
    given = form_values(kind.fields, values)
    if holds_sealed(given):  # only what is stored holds any; from outside it would be somebody else's secret
        raise InvalidInput({"status_config": f"must not hold the name {SEALED}, which is Lightbulb's own"})
    config = kind.parse(unmasked(kind, dict(given), before or {}))
    _refuse_elsewhere(kind, given, before or {}, config)
    return config


def _refuse_elsewhere(kind: Plugin, given: Mapping[str, Any], before: Mapping[str, Any], config: PluginConfig) -> None:
    """A stored secret is never read back, so nobody may have it sent to a server of his own: InvalidInput."""
    kept = [name for name, value in given.items() if value == MASK or _holds_mask(value)]
    if not kept:
        return
    try:
        known = set(kind.parse(kind.readable(before)).secrets_go_to)
    except InvalidInput:
        known = set()
    if others := [place for place in config.secrets_go_to if place not in known]:
        text = f"must be given anew: the stored one was not meant for {', '.join(others)}"
        raise InvalidInput(dict.fromkeys(kept, text))


def _holds_mask(value: object) -> bool:
    return isinstance(value, Mapping) and MASK in value.values()


def unmasked(kind: Plugin, values: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Put back the secrets that were shown as a mask only. Raises InvalidInput where there was none."""
    messages: dict[str, str] = {}
    readable = kind.readable(before)

    def real(value: object, known: object, field: str) -> object:
        if value == MASK and known is None:
            is_lost = readable.get(field) != before.get(field)
            why = (
                "the stored one cannot be read any more" if is_lost else f"{MASK} only stands for a secret that is set"
            )
            messages[field] = f"must be given anew: {why}"
        return known if value == MASK else value

    for field in kind.fields:
        value, known = values.get(field.name), readable.get(field.name)
        if field.secret and value == MASK:
            values[field.name] = real(value, known, field.name)
        elif field.type == "mapping" and isinstance(value, Mapping):
            old = known if isinstance(known, Mapping) else {}
            values[field.name] = {
                name: real(text, old.get(name), field.name) if is_secret_name(str(name)) else text
                for name, text in value.items()
            }
    if messages:
        raise InvalidInput(messages)
    return values


def form_values(fields: list[FormField], values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of a config as a form sends them: blank means the default, a mapping is text with `name: value` lines.

    Raises InvalidInput for a line of a mapping without a colon.
    """
    types = {field.name: field.type for field in fields}
    result: dict[str, Any] = {}
    messages: dict[str, str] = {}
    for name, value in values.items():
        if value is None or (isinstance(value, str) and not value.strip() and name in types):
            continue
        if isinstance(value, str) and types.get(name) == "mapping":
            try:
                value = _mapping(value)
            except ValueError as err:
                messages[name] = str(err)
        result[name] = value
    if messages:
        raise InvalidInput(messages)
    return result


def _mapping(text: str) -> dict[str, str]:
    result: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, colon, value = line.partition(":")
        if not colon or not name.strip():  # the line is not repeated: it may be half of a secret header
            raise ValueError(f"must have one `name: value` a line; line {number} has no name and colon")
        result[name.strip()] = value.strip()
    return result
