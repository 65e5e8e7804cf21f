"""Writes a document as YAML or JSON that reads back as the very same."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

from monitor_app.use_cases.configuration.substitution import escaped

# What other readers, or those of another version of YAML, might take for something else than text.
_NO_PLAIN_TEXT = re.compile(r"[-+.~0-9]|(?:true|false|yes|no|on|off|y|n|null|)\Z", re.IGNORECASE)
# Fit for a block that is written as it is.
_LINES = re.compile(r"[^\s\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff][^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]*\n?")
# What is put in when a file is read, so what looks like it has to be written otherwise.
_SUBSTITUTED: Final = ("services", "groups", "relations")


def as_yaml(document: Mapping[str, Any], head: str) -> str:
    """With comments at its head."""
    text: str = yaml.dump(
        _escaped(document),
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=False,
        width=1_000_000,
    )
    return head + text


def as_json(document: Mapping[str, Any]) -> str:
    """With a line for each value."""
    return json.dumps(_escaped(document), ensure_ascii=False, indent=2) + "\n"


def _escaped(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _without_variables(part) if name in _SUBSTITUTED else part for name, part in document.items()}


def _without_variables(value: Any) -> Any:
    """Names are never looked at, only texts."""
    match value:
        case str():
            return escaped(value)
        case dict():
            return {name: _without_variables(inner) for name, inner in value.items()}
        case list():
            return [_without_variables(inner) for inner in value]
        case _:
            return value


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Puts what could be taken for a number or a word of YAML into quotes, and keeps lines as lines."""

    def represent_text(self, text: str) -> yaml.Node:
        style = None
        if "\n" in text or not text.isprintable():
            has_ends = any(line != line.rstrip() for line in text.split("\n"))
            style = "|" if _LINES.fullmatch(text) and not has_ends else '"'
        elif _NO_PLAIN_TEXT.match(text):
            style = '"'
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    def ignore_aliases(self, data: Any) -> bool:
        """None are written, however often the same object is there."""
        return True


_Dumper.add_representer(str, _Dumper.represent_text)
