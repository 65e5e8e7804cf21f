"""Finds the kinds: every folder under `checks/` (and any further folder that is given) is one kind."""

import hashlib
import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from pydantic import ValidationError

from monitor_app.errors import InvalidInput, LightbulbError, NotFound, SecretUnreadable
from monitor_app.plugins.forms import FormField, field_messages, form_fields, shown_value
from monitor_app.plugins.protocols import CheckConfig, PluginConfig, Probe
from monitor_app.plugins.sealing import Sealer, holds_sealed, readable, sealed, unsealed

CHECKS_PACKAGE = "monitor_app.checks"


@dataclass(frozen=True)
class Plugin:
    """One of several kinds of something: its name is its folder's, what it needs is imported on first use."""

    name: str
    package: str
    # Without one secrets are stored in clear: where nothing is stored at all, and in tests.
    sealer: Sealer | None = field(default=None, repr=False, compare=False)

    @cached_property
    def config_model(self) -> type[PluginConfig]:
        """The `Config` of the folder's `config.py`."""
        return cast(type[PluginConfig], importlib.import_module(f"{self.package}.config").Config)

    @property
    def title(self) -> str:
        """The name people read."""
        return self.config_model.kind_title

    @cached_property
    def fields(self) -> list[FormField]:
        """The form, in the order in which the model declares its fields."""
        return form_fields(self.config_model)

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON schema of the config, for the API and the docs."""
        return self.config_model.model_json_schema()

    @cached_property
    def secret_fields(self) -> frozenset[str]:
        """The names of the fields that hold nothing but a secret."""
        return frozenset(each.name for each in self.fields if each.secret)

    def parse(self, values: Mapping[str, Any]) -> PluginConfig:
        """Validate a config; what is sealed in it is unsealed.

        Raises InvalidInput with one message for each wrong field: what was given and what is allowed.
        SecretUnreadable when the key of a sealed one is not here.
        """
        try:
            return self.config_model.model_validate(self._unsealed(values))
        except ValidationError as err:
            raise InvalidInput(field_messages(err, self.secret_fields)) from err

    def stored(self, config: PluginConfig, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A config as it is stored: only what differs from the defaults, secrets sealed.

        `before` is what was stored last; a secret that is still the same keeps its token. To be called inside the
        transaction that stores it (see Vault.seal). Raises SecretUnreadable when there is no key.
        """
        values = config.model_dump(mode="json", exclude_defaults=True)
        return self.sealed(values, before)

    def sealed(self, values: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The values of a config with their secrets sealed; those that are sealed already stay. See `stored`."""
        if self.sealer is None:
            return dict(values)
        return sealed(values, self.secret_fields, self.sealer, before)

    def readable(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same without the secrets that cannot be unsealed; the others stay sealed."""
        return readable(values, self._unseal)

    def opened(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same with all secrets in clear, but for those that cannot be unsealed: they are left out."""
        return self._unsealed(self.readable(values))

    def _unsealed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        if not holds_sealed(values):
            return dict(values)
        found: dict[str, Any] = unsealed(values, self._unseal)
        return found

    def _unseal(self, token: str) -> str:
        if self.sealer is None:
            raise SecretUnreadable("its secret cannot be read: there is no key here")
        return self.sealer.unseal(token)


@dataclass(frozen=True)
class Kind(Plugin):
    """One kind of check."""

    @cached_property
    def config_model(self) -> type[CheckConfig]:
        """The `Config` of `checks/<kind>/config.py`."""
        return cast(type[CheckConfig], super().config_model)

    @cached_property
    def probe(self) -> Probe:
        """The `probe` coroutine of `checks/<kind>/probe.py`; the first use imports it and what it needs."""
        return cast(Probe, importlib.import_module(f"{self.package}.probe").probe)

    @property
    def is_told(self) -> bool:
        """Whether services of this kind report of themselves instead of being asked."""
        return self.config_model.heartbeat_token is not CheckConfig.heartbeat_token

    def parse(self, values: Mapping[str, Any]) -> CheckConfig:
        """As of every plugin."""
        return cast(CheckConfig, super().parse(values))


class KindRegistry:
    """All kinds by name. Scanning reads folder names only; nothing of a kind is imported until it is used."""

    def __init__(self, *extra_folders: Path, sealer: Sealer | None = None) -> None:
        """`sealer` is the vault of what is stored. Raises LightbulbError when two folders have the same name."""
        self._kinds: dict[str, Kind] = {}
        for kind in _scan(extra_folders, sealer):
            if kind.name in self._kinds:
                raise LightbulbError(f"there are two kinds {kind.name!r}: rename one of the folders")
            self._kinds[kind.name] = kind

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def __getitem__(self, name: str) -> Kind:
        """Raises NotFound, naming the kinds there are."""
        try:
            return self._kinds[name]
        except KeyError:
            known = ", ".join(sorted(self._kinds))
            raise NotFound(f"kind must be one of {known}, got {name!r}") from None

    def guess(self, address: str) -> list[tuple[Kind, CheckConfig]]:
        """Kinds and configs worth trying for a pasted address, best first.

        Raises InvalidInput (field `address`) when it is wrong or no kind knows it.
        """
        guesses: list[tuple[Kind, CheckConfig]] = []
        refusal: InvalidInput | None = None
        for kind in self._asked(address.strip().lower()):
            try:
                guesses += [(kind, config) for config in kind.config_model.from_address(address)]
            except InvalidInput as err:
                refusal = refusal or err
        if guesses:
            return guesses
        raise refusal or InvalidInput({"address": self._unknown(address)})

    def _asked(self, address: str) -> list[Kind]:
        """Who is asked about an address, in which order: its owner alone, else all, the surest first."""
        owners = [kind for kind in self if (prefix := kind.config_model.address_prefix) and address.startswith(prefix)]
        return owners or sorted(self, key=lambda kind: (kind.config_model.address_rank, kind.name))

    def _unknown(self, address: str) -> str:
        forms = "; ".join(form for kind in self if (form := kind.config_model.address_form))
        return f"must be an address that a kind of check knows ({forms}), got {shown_value(address)}"


def _scan(extra_folders: tuple[Path, ...], sealer: Sealer | None) -> Iterator[Kind]:
    checks = importlib.import_module(CHECKS_PACKAGE)
    for module in pkgutil.iter_modules(checks.__path__):
        if module.ispkg:
            yield Kind(module.name, f"{CHECKS_PACKAGE}.{module.name}", sealer)
    for folder in extra_folders:
        package = _mount(folder)
        for module in pkgutil.iter_modules([str(folder)]):
            if module.ispkg:
                yield Kind(module.name, f"{package}.{module.name}", sealer)


def _mount(folder: Path) -> str:
    """Make a folder outside the package importable under a name of its own."""
    digest = hashlib.blake2s(str(folder.resolve()).encode(), digest_size=8).hexdigest()
    name = f"lightbulb_kinds_{digest}"
    if name not in sys.modules:
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
    return name
