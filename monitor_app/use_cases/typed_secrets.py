"""Secrets that somebody has typed into a form that is not saved: kept sealed, shown as a mask, and put back later.

What was typed stands for the places it was typed for: who changes the server afterwards has to type it anew, as it is
with stored secrets (service_input.py).
"""

from collections.abc import Mapping
from typing import Any

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import Kind
from monitor_app.plugins.sealing import SEALED, holds_sealed
from monitor_app.redact import MASK, is_secret_name
from monitor_app.use_cases.config_input import form_values, unmasked

Config = Mapping[str, Any]
_ANEW = "must be given anew: what was typed before was meant for another server"


def put_back(kind: Kind, config: Config, typed: Config, base: Config) -> dict[str, Any]:
    """The config of a form with typed secrets in the place of their masks; other masks stand for those of `base`.

    Raises InvalidInput where a typed secret would go elsewhere than it was meant to.
    """
    secrets = kind.opened(typed)
    filled, names = dict(config), []
    for field in kind.fields:
        value, kept = config.get(field.name), secrets.get(field.name)
        if field.secret and value == MASK and kept not in (None, "", MASK):
            filled[field.name] = kept
            names.append(field.name)
        elif field.type == "mapping" and isinstance(kept, Mapping) and (entries := _entries(value)) is not None:
            real = {name: _real(name, text, kept) for name, text in entries.items()}
            if real != entries:
                filled[field.name] = real
                names.append(field.name)
    if names and not _goes_where_it_was_meant(kind, filled, secrets, base):
        raise InvalidInput(dict.fromkeys(names, _ANEW))
    return filled


def hide(kind: Kind, config: Config, typed: Config, base: Config) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of a form's config may be shown, with masks for secrets; and what was typed, sealed.

    A typed secret that would go elsewhere now than it was meant to is left out. Raises InvalidInput for what looks like
    a sealed one: from outside it would be somebody else's.
    """
    if holds_sealed(config) or any(holds_sealed(_entries(value)) for value in config.values()):
        raise InvalidInput({"status_config": f"must not hold the name {SEALED}, which is Lightbulb's own"})
    try:
        whole = put_back(kind, config, typed, base)
    except InvalidInput as err:
        whole = {
            name: "" if name in err.fields and not isinstance(value, Mapping) else value
            for name, value in config.items()
        }
    shown: dict[str, Any] = {}
    kept: dict[str, Any] = {}
    types = {field.name: field.type for field in kind.fields}
    for name, value in whole.items():
        shown[name] = kept[name] = value
        if name in kind.secret_fields:
            shown[name] = MASK if value else ""
        elif types.get(name) == "mapping":
            entries = _entries(value)
            if entries is None:  # not written to its end: what may be half of a secret is not kept
                shown[name] = kept[name] = _without_halves(value)
            else:
                kept[name] = entries
                shown[name] = _as_lines(entries)
    return shown, kind.sealed(kept)


def config_of(kind: Kind, config: Config) -> dict[str, Any]:
    """A form's config with mappings as such and without blank fields; one that cannot be read stays as it is."""
    values: dict[str, Any] = {}
    for name, value in config.items():
        try:
            values |= form_values(kind.fields, {name: value})
        except InvalidInput:
            values[name] = value
    return values


def _goes_where_it_was_meant(kind: Kind, config: Config, typed: Config, base: Config) -> bool:
    if _plain(kind, config) == _plain(kind, typed):
        return True
    try:
        meant = set(kind.parse(unmasked(kind, config_of(kind, typed), base)).secrets_go_to)
        goes = set(kind.parse(unmasked(kind, config_of(kind, config), base)).secrets_go_to)
    except InvalidInput:
        return False
    return goes <= meant


def _plain(kind: Kind, config: Config) -> dict[str, str]:
    """What is no secret in it, as text."""
    mappings = {field.name for field in kind.fields if field.type == "mapping"}
    values = config_of(kind, config)
    return {name: str(value) for name, value in values.items() if name not in kind.secret_fields | mappings}


def _entries(value: object) -> dict[str, str] | None:
    """A mapping as a form or a document has it; None when it cannot be read."""
    if isinstance(value, Mapping):
        return {str(name): str(text) for name, text in value.items()}
    if not isinstance(value, str):
        return None
    lines = [line.partition(":") for line in value.splitlines() if line.strip()]
    if not all(colon and name.strip() for name, colon, _ in lines):
        return None
    return {name.strip(): text.strip() for name, _, text in lines}


def _real(name: str, text: str, kept: Config) -> str:
    return str(kept[name]) if text == MASK and kept.get(name) not in (None, MASK) else text


def _as_lines(entries: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {MASK if is_secret_name(name) and text else text}" for name, text in entries.items())


def _without_halves(value: object) -> str:
    lines = [line.partition(":") for line in str(value or "").splitlines()]
    return "\n".join(
        name.split(" ")[0] if is_secret_name(name) else f"{name}{colon}{text}" for name, colon, text in lines
    )
