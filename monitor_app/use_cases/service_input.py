"""What somebody enters to describe a service, and everything that can be wrong with it, told at once."""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from monitor_app.domain import thresholds
from monitor_app.domain.service import (
    ENVIRONMENT_LIMIT,
    GROUP_LIMIT,
    INTERVAL_MAX_SECONDS,
    INTERVAL_MIN_SECONDS,
    LABEL_LIMIT,
    RESERVED_SERVICE_IDS,
    SERVICE_ID_PATTERN,
    TAG_LIMIT,
    TAGS_LIMIT,
)
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.plugins.forms import field_messages
from monitor_app.plugins.protocols import CheckConfig
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.config_input import parse_config_of

DEFAULT_KIND = "http"
SERVICE_TYPE_LIMIT = 40
KIND_LIMIT = 40
METRIC_CONFIG_LIMIT = 16_384
STATUS_CONFIG_LIMIT = 131_072
SHOWN_LIMIT = 60
NOT_PRINTED = frozenset({"Cc", "Cs", "Zl", "Zp"})
TURNS_DIRECTION = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


class ServiceInput(BaseModel):
    """One service as entered in a form, pasted or sent by a client. What is left blank takes its default.

    A blank `service_id` is derived from the label, a blank label is the target, a blank `service_type` the kind's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = ""
    service_id: str = ""
    service_type: str = ""
    kind: str = DEFAULT_KIND
    group: str = ""
    environment: str = ""
    tags: tuple[str, ...] = ()
    status_config: dict[str, Any] = Field(default_factory=dict)
    metric_config: dict[str, Any] = Field(default_factory=dict)
    # None: what is right for most services of the kind.
    interval_seconds: int | None = None
    enabled: bool = True

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Validate raw values. Raises InvalidInput with one message for each wrong field."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as err:
            messages = field_messages(err)
            strangers = {str(name): "is not a field of a service" for name in values if name not in cls.model_fields}
            raise InvalidInput(messages | strangers) from err

    @field_validator("label", mode="before")
    @classmethod
    def _label(cls, value: object) -> str:
        return _text(value, LABEL_LIMIT)

    @field_validator("group", mode="before")
    @classmethod
    def _group(cls, value: object) -> str:
        return _text(value, GROUP_LIMIT)

    @field_validator("environment", mode="before")
    @classmethod
    def _environment(cls, value: object) -> str:
        return _text(value, ENVIRONMENT_LIMIT)

    @field_validator("kind", mode="before")
    @classmethod
    def _kind(cls, value: object) -> str:
        return _text(value, KIND_LIMIT) or DEFAULT_KIND

    @field_validator("service_id", mode="before")
    @classmethod
    def _service_id(cls, value: object) -> str:
        text = _text(value, None)
        if text and not SERVICE_ID_PATTERN.fullmatch(text):
            raise ValueError(
                "must be 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends, "
                f"got {_shown(text)}"
            )
        if text in RESERVED_SERVICE_IDS:
            words = ", ".join(sorted(RESERVED_SERVICE_IDS))
            raise ValueError(f"must not be a word that addresses use ({words}), got {text!r}")
        return text

    @field_validator("service_type", mode="before")
    @classmethod
    def _service_type(cls, value: object) -> str:
        text = _text(value, SERVICE_TYPE_LIMIT)
        if text and not (text.isascii() and text.replace("_", "").isalnum() and text == text.lower()):
            raise ValueError(f"must have lower-case letters, digits and underscores only, got {_shown(text)}")
        return text

    @field_validator("tags", mode="before")
    @classmethod
    def _tags(cls, value: object) -> tuple[str, ...]:
        entries = value.split(",") if isinstance(value, str) else value
        if entries is None:
            return ()
        if not isinstance(entries, list | tuple):
            raise ValueError(f"must be a list of words, got {_shown(value)}")
        tags = tuple(dict.fromkeys(tag for tag in (_text(entry, TAG_LIMIT) for entry in entries) if tag))
        if len(tags) > TAGS_LIMIT:
            raise ValueError(f"must be at most {TAGS_LIMIT} tags, got {len(tags)}")
        if with_comma := [tag for tag in tags if "," in tag]:
            raise ValueError(f"must not hold a comma, got {_shown(with_comma[0])}")
        return tags

    @field_validator("interval_seconds", mode="before")
    @classmethod
    def _interval(cls, value: object) -> int | None:
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        seconds = _whole_number(value)
        if seconds is None or not INTERVAL_MIN_SECONDS <= seconds <= INTERVAL_MAX_SECONDS:
            given = seconds if seconds is not None else _shown(value)
            raise ValueError(f"must be {INTERVAL_MIN_SECONDS} to {INTERVAL_MAX_SECONDS} seconds, got {given}")
        return seconds

    @field_validator("status_config", mode="before")
    @classmethod
    def _status_config(cls, value: object) -> dict[str, Any]:
        return _json_object(value, STATUS_CONFIG_LIMIT)

    @field_validator("metric_config", mode="before")
    @classmethod
    def _metric_config(cls, value: object) -> dict[str, Any]:
        try:
            if isinstance(value, str):  # as a form has it: one threshold a line
                found = thresholds.from_text(_limited(value, METRIC_CONFIG_LIMIT))
            else:
                found = thresholds.parse(_json_object(value, METRIC_CONFIG_LIMIT))
        except InvalidInput as err:
            raise ValueError("; ".join(err.fields.values())) from err
        return thresholds.as_config(found)


@dataclass(frozen=True, slots=True)
class ValidService:
    """A service input whose every field was found good, its kind's config included."""

    values: ServiceInput
    config: CheckConfig

    @property
    def label(self) -> str:
        """The label, or what is watched where none was given."""
        return self.values.label or self.config.target[:LABEL_LIMIT]

    @property
    def service_type(self) -> str:
        """The service type, or what the kind is pre-set to be."""
        return self.values.service_type or self.config.default_service_type

    @property
    def interval_seconds(self) -> int:
        """The interval, or the kind's."""
        return self.values.interval_seconds or self.config.default_interval_seconds


@dataclass(frozen=True, slots=True)
class CheckedInput:
    """What came of checking an input: a message for each wrong field; `values` and `config` where they are good."""

    messages: Mapping[str, str]
    service_id: str
    values: ServiceInput | None
    config: CheckConfig | None

    def valid(self) -> ValidService:
        """Raises InvalidInput with all messages."""
        if self.messages or self.values is None or self.config is None:
            raise InvalidInput(self.messages)
        return ValidService(self.values, self.config)


def service_columns(
    registry: KindRegistry, entry: ValidService, known: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the service table holds of a service that was found good, secrets sealed (see Kind.stored for when).

    `known` is the stored config that it replaces.
    """
    values = entry.values
    return {
        "label": entry.label,
        "service_type": entry.service_type,
        "kind": values.kind,
        "group": values.group,
        "environment": values.environment,
        "tags": list(values.tags),
        # Only what differs from the defaults: a form shows the others as placeholders.
        "status_config": registry[values.kind].stored(entry.config, known),
        "metric_config": values.metric_config,
        "interval_seconds": entry.interval_seconds,
        "enabled": values.enabled,
    }


def check(
    registry: KindRegistry, given: Mapping[str, Any] | ServiceInput, before: Mapping[str, Any] | None = None
) -> CheckedInput:
    """Check every field, those of the kind's config too: they stand under their own names. Never stops at the first.

    `before` is the config that is changed: a secret that is given as its mask stays as it was there.
    """
    values: ServiceInput | None = None
    config: CheckConfig | None = None
    messages: dict[str, str] = {}
    raw = given.model_dump() if isinstance(given, ServiceInput) else given
    try:
        values = given if isinstance(given, ServiceInput) else ServiceInput.parse(given)
    except InvalidInput as err:
        messages |= err.fields
    if not {"kind", "status_config"} & messages.keys():
        try:
            kind_name = str(raw.get("kind") or DEFAULT_KIND).strip()
            config = parse_config(registry, kind_name, raw.get("status_config") or {}, before)
        except InvalidInput as err:
            messages = err.fields | messages
    service_id = "" if "service_id" in messages else str(raw.get("service_id") or "").strip()
    return CheckedInput(messages, service_id, values, config)


def validate(registry: KindRegistry, given: Mapping[str, Any] | ServiceInput) -> ValidService:
    """A service whose every field is good. Raises InvalidInput with a message for each that is not."""
    return check(registry, given).valid()


def parse_config(
    registry: KindRegistry, kind_name: object, values: object, before: Mapping[str, Any] | None = None
) -> CheckConfig:
    """A kind's config out of the values of a form; see `check`. Raises InvalidInput with a message a wrong field."""
    try:
        kind = registry[_text(kind_name, KIND_LIMIT)]
    except (NotFound, ValueError) as err:
        raise InvalidInput({"kind": str(err).removeprefix("kind ")}) from err
    return cast(CheckConfig, parse_config_of(kind, values, before))


def _text(value: object, limit: int | None) -> str:
    """A single line of text, trimmed."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"must be text, got {_shown(value)}")
    text = value.strip()
    if limit is not None and len(text) > limit:
        raise ValueError(f"must have at most {limit} characters, got {len(text)}")
    if any(_is_control(char) for char in text):
        raise ValueError("must not hold line breaks or other control characters")
    return text


def _limited(text: str, limit: int) -> str:
    if len(text) > limit:
        raise ValueError(f"must have at most {limit} characters, got {len(text)}")
    return text


def _is_control(char: str) -> bool:
    """Control characters, lone surrogates, line separators and the marks that turn the direction of writing."""
    return unicodedata.category(char) in NOT_PRINTED or unicodedata.bidirectional(char) in TURNS_DIRECTION


def _whole_number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return int(number) if number.is_integer() else None


def _json_object(value: object, limit: int) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"must be an object with named fields, got {_shown(value)}")
    try:
        size = len(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as err:
        raise ValueError("must hold only texts, numbers, true, false, lists and objects") from err
    if size > limit:
        raise ValueError(f"must be at most {limit // 1024} KiB as JSON, got {size // 1024} KiB")
    return value


def _shown(value: object) -> str:
    """The given value for a message, short."""
    text = repr(value)
    return text if len(text) <= SHOWN_LIMIT else f"{text[:SHOWN_LIMIT]}…"
