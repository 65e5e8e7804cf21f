"""A service as a JSON document, beside its form: what is typed in one is in the other, secrets as masks."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from monitor_app.domain import thresholds
from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import Kind
from monitor_app.redact import MASK, is_secret_name
from monitor_app.security.documents import Limits
from monitor_app.security.placed import Placed, parse_placed
from monitor_app.use_cases.typed_secrets import config_of

TEXT_LIMIT: Final = 131_072
_LIMITS: Final = Limits(size_bytes=TEXT_LIMIT * 4, nodes=20_000)
COMMON: Final = ("label", "service_id", "service_type", "group", "environment", "tags", "interval_seconds")
_CONFIGS: Final = ("status_config", "metric_config")
_LINE: Final = re.compile(r"\bline (\d+)\b")
# The end of a name, and its text, which may not be written to its end yet. Names are looked for from there backwards:
# from each quote forwards it would take minutes for a text of nothing but quotes.
_TEXT: Final = re.compile(r'"(\s*:\s*)"((?:[^"\\\n]|\\.)*+)("?)')


@dataclass(frozen=True, slots=True)
class ServiceDocument:
    """What a text says: `values` as the API takes them, and where each field stands in the text."""

    values: Mapping[str, Any]
    placed: Placed

    def line_of(self, name: str) -> int:
        """Of a field by its name: one of the service, else one of the config; 1 for what is not there."""
        root = self.placed.value if isinstance(self.placed.value, dict) else {}
        if name in root:
            return root[name].line or 1
        config = root.get("status_config")
        if config is not None and isinstance(config.value, dict) and name in config.value:
            return config.value[name].line or 1
        return (config.line or 1) if config is not None else 1


def read_document(text: str) -> ServiceDocument:
    """Raises InvalidInput with a message for what cannot be read, by its place."""
    if len(text) > TEXT_LIMIT:
        raise InvalidInput({"": f"must be at most {TEXT_LIMIT // 1024} KiB"})
    try:
        placed = parse_placed(text or "{}", "json", limits=_LIMITS)
    except InvalidInput as err:
        raise InvalidInput({"": "; ".join(err.fields.values())}) from err
    values = placed.plain()
    if not isinstance(values, dict):
        raise InvalidInput({"": "must be an object with named fields in line 1"})
    return ServiceDocument(values, placed)


def document_text(kind: Kind, common: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """The whole definition as a person would write it: of the kind's fields those that are not as they are by default.

    What cannot be read stays the text it is.
    """
    values: dict[str, Any] = {"kind": kind.name}
    for name in COMMON:
        values[name] = _common_value(name, common.get(name))
    fields = {field.name: field for field in kind.fields}
    given = {name: value for name, value in config.items() if name not in fields or str(value) != fields[name].default}
    values["status_config"] = {
        name: _value(fields[name].type if name in fields else "text", value)
        for name, value in config_of(kind, given).items()
    }
    values["metric_config"] = _thresholds(common.get("metric_config"))
    return json.dumps(values, indent=2, ensure_ascii=False)


def typed_of(values: Mapping[str, Any], kind: Kind) -> tuple[dict[str, Any], dict[str, Any]]:
    """A document's values as the fields of a form have them: those of every service, those of the kind.

    Raises InvalidInput for a name that no field has, as the form could not keep it.
    """
    strange = {str(name): "is not a field of a service" for name in values if name not in (*COMMON, *_CONFIGS, "kind")}
    config = values.get("status_config") or {}
    if not isinstance(config, Mapping):
        raise InvalidInput(strange | {"status_config": "must be an object with named fields"})
    fields = {field.name for field in kind.fields}
    strange |= {str(name): "is not a field of this kind" for name in config if name not in fields}
    if strange:
        raise InvalidInput(strange)
    common = {name: _as_typed(name, values[name]) for name in COMMON if name in values}
    common["metric_config"] = _as_lines(values.get("metric_config"))
    return common, {
        name: value if isinstance(value, bool | Mapping) else _as_text(value) for name, value in config.items()
    }


def messages(err: InvalidInput, document: ServiceDocument | None) -> list[dict[str, Any]]:
    """What is wrong, each with its line and field, in the order of the lines."""
    found = []
    for name, text in err.fields.items():
        told = _LINE.search(text)
        line = document.line_of(name) if document is not None and name else int(told[1]) if told else 1
        found.append({"line": line, "field": name, "text": text})
    return sorted(found, key=lambda each: (each["line"], each["field"]))


def without_secrets(text: str, kind: Kind) -> str:
    """A text that cannot be read as a document, without what may be a secret in it."""

    def masked(match: re.Match[str]) -> str:
        name = _name_before(text, match.start())
        is_secret = (name in kind.secret_fields or is_secret_name(name)) and match[2] not in ("", MASK)
        return f'"{match[1]}"{MASK if is_secret else match[2]}{match[3]}'

    return _TEXT.sub(masked, text)


def _name_before(text: str, end: int) -> str:
    """What stands between the quote at `end` and the one before it that is no part of the name."""
    start = text.rfind('"', 0, end)
    while start > 0 and (start - len(text[:start].rstrip("\\"))) % 2:
        start = text.rfind('"', 0, start)
    return text[start + 1 : end]


def _common_value(name: str, value: Any) -> Any:
    text = str(value or "").strip()
    if name == "tags":
        return [tag for tag in (each.strip() for each in text.split(",")) if tag]
    if name == "interval_seconds":
        return _number(text) if text else None
    return text


def _value(field_type: str, value: Any) -> Any:
    if field_type == "number" and isinstance(value, str):
        return _number(value.strip())
    if field_type == "switch" and isinstance(value, str):
        return {"True": True, "False": False}.get(value, value)
    return value


def _number(text: str) -> Any:
    for read in (int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text


def _thresholds(value: Any) -> Any:
    if not isinstance(value, str):
        return value or {}
    try:
        return thresholds.as_config(thresholds.from_text(value))
    except InvalidInput:
        return value


def _as_lines(value: Any) -> str:
    if not isinstance(value, Mapping):
        return _as_text(value)
    try:
        return thresholds.as_text(thresholds.parse(value))
    except InvalidInput:
        return json.dumps(value)


def _as_typed(name: str, value: Any) -> str:
    if name == "tags" and isinstance(value, list):
        return ", ".join(map(str, value))
    return _as_text(value)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
