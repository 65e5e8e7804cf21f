"""Reads JSON and YAML that somebody sent: bounded in size, depth and number of parts, and without surprises.

Both give the same: None, bool, int of 64 bits, float, str, lists and dicts with text for names. So what is checked
afterwards never meets an object that it does not know. A body takes some milliseconds; the largest import half a
second, so parse imports in a thread.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import yaml

from monitor_app.errors import InvalidInput

MEBIBYTE: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a document may be. A node is a value, a list, an object or a name in one."""

    size_bytes: int = MEBIBYTE
    depth: int = 32
    nodes: int = 100_000


BODY: Final = Limits()
IMPORT: Final = Limits(size_bytes=10 * MEBIBYTE)

# Strings (those that do not end, too: nothing is looked at twice), brackets, and runs of what is neither.
_JSON_PART = re.compile(r'"(?:[^"\\]|\\.|\\\Z)*+(?:"|\Z)|[\[{]|[\]}]|[^\s"\[\]{},:]+', re.DOTALL)
_ODD_ESCAPE = re.compile(r"\\(?:0|x00|u0000|U00000000|u[dD][89a-fA-F])")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_TOO_LARGE = 1 << 63
# Leading zeros of YAML included.
_LONGEST_WHOLE = 40
_YAML_TAG = "tag:yaml.org,2002:"
_YAML_NULL = re.compile(r"~|null|Null|NULL|")
_YAML_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_YAML_INT = re.compile(r"[-+]?[0-9]+")
_YAML_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def parse_json(data: bytes, *, limits: Limits = BODY, field: str = "body") -> Any:
    """The document (RFC 8259).

    Raises InvalidInput on `field`, with line or path: broken, too large, too deep, too many parts, a name twice in one
    object, NaN and Infinity, texts with NUL or half of a character.
    """
    text = decoded(data, limits, field)
    _judge_json(text, limits, field)
    twice: list[str] = []

    def as_dict(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            twice.append(Counter(name for name, _value in pairs).most_common(1)[0][0])
        return found

    try:
        document = json.loads(
            text, object_pairs_hook=as_dict, parse_constant=_no_number, parse_int=_whole, parse_float=_finite
        )
    except json.JSONDecodeError as err:
        _refuse(field, f"is not JSON: {_lower(err.msg)} in line {err.lineno}, column {err.colno}")
    except ValueError as err:
        _refuse(field, f"holds {err}")
    if twice:
        _refuse(field, f"has {shown(twice[0])} twice in one object")
    _judge_texts(document, text, field)
    return document


def parse_yaml(data: str | bytes, *, limits: Limits = BODY, field: str = "body") -> Any:
    """The document (YAML 1.2, core schema), with the types of JSON only: no dates, no `yes` for true, no tags.

    Raises InvalidInput on `field`, with the line: as `parse_json`, and also aliases, tags, names that are no text and
    a second document.
    """
    text = decoded(data, limits, field)
    with _in_words(field):
        _judge_yaml(text, limits, field, has_aliases=False)
        loader = _Loader(text)
        loader.field = field
        try:
            document = loader.get_single_data()
        finally:
            loader.dispose()
    _judge_texts(document, text, field)
    return document


def composed(text: str, limits: Limits, field: str) -> yaml.Node | None:
    """The nodes of a YAML text, for who wants to know their lines; None when it is empty.

    An alias is the node that it stands for: whoever walks through them counts, and stops. Raises InvalidInput.
    """
    with _in_words(field):
        _judge_yaml(text, limits, field, has_aliases=True)
        loader = _Loader(text)
        try:
            root: yaml.Node | None = loader.get_single_node()
        finally:
            loader.dispose()
    return root


def scalar(node: yaml.ScalarNode, field: str) -> str | int | float | bool | None:
    """The value of such a node. Raises InvalidInput for a number that is too large."""
    match node.tag.removeprefix(_YAML_TAG):
        case "null":
            return None
        case "bool":
            return str(node.value).lower() == "true"
        case "int" | "float":
            return _number(node, field)
        case _:
            return str(node.value)


def json_parts(text: str) -> Iterator[re.Match[str]]:
    """Strings, brackets, numbers and words of a good JSON text, in their order."""
    return _JSON_PART.finditer(text)


def has_odd_escape(text: str) -> bool:
    """Whether an escape of it may have made a character that databases refuse."""
    return _ODD_ESCAPE.search(text) is not None


def odd_character(text: str) -> str:
    """Which characters it has that databases refuse; "" when there are none."""
    if "\0" in text:
        return "NUL characters"
    return "halves of characters" if _HALF_CHARACTER.search(text) else ""


@contextmanager
def _in_words(field: str) -> Iterator[None]:
    """What the parser complains of as InvalidInput."""
    try:
        yield
    except yaml.MarkedYAMLError as err:
        mark = err.problem_mark or err.context_mark
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        context, begins = err.context or "", err.context_mark
        if context.startswith("while ") and mark and begins and begins.line != mark.line:
            where += f", {context} that begins in line {begins.line + 1}"
        _refuse(field, f"is not YAML: {err.problem or err.context}{where}")
    except yaml.YAMLError as err:
        _refuse(field, f"is not YAML: {str(err).splitlines()[0]}")


def decoded(data: str | bytes, limits: Limits, field: str) -> str:
    """The text, without a byte order mark. Raises InvalidInput when it is too large or not UTF-8."""
    raw = data.encode(errors="surrogatepass") if isinstance(data, str) else data
    if len(raw) > limits.size_bytes:
        _refuse(field, f"must have at most {limits.size_bytes} bytes, got {len(raw)}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        line = raw[: err.start].count(b"\n") + 1
        _refuse(field, f"must be UTF-8, byte 0x{raw[err.start]:02x} in line {line} is not")


def _judge_json(text: str, limits: Limits, field: str) -> None:
    """Before it is parsed: a mebibyte of brackets makes lists of forty, and nesting ends in the parser's stack."""
    depth = nodes = 0
    for part in _JSON_PART.finditer(text):
        first = text[part.start()]
        if first in "]}":
            depth -= 1
            if depth < 0:
                return  # The parser tells it better.
            continue
        nodes += 1
        depth += first in "[{"
        if depth > limits.depth:
            _refuse(field, f"{too_deep(limits)} in line {_line(text, part.start())}")
        if nodes > limits.nodes:
            _refuse(field, too_many(limits))


def _judge_yaml(text: str, limits: Limits, field: str, *, has_aliases: bool) -> None:
    """Before anything is made of it: the parser tells one event after the other and keeps none."""
    depth = nodes = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) and not has_aliases:
            _refuse(field, f"must have no aliases, got *{event.anchor} in line {line}")
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
            if getattr(event, "tag", None) is not None:  # an alias has none
                _refuse(field, f"must have no tags, got {shown(event.tag)} in line {line}")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > limits.depth:
            _refuse(field, f"{too_deep(limits)} in line {line}")
        if nodes > limits.nodes:
            _refuse(field, too_many(limits))


def _judge_texts(document: Any, source: str, field: str) -> None:
    """Databases refuse NUL, and half a character cannot be written out as UTF-8. Both only come by an escape."""
    if not _ODD_ESCAPE.search(source):
        return
    for path, text in _texts(document, ""):
        if "\0" in text:
            _refuse(field, f"must have no NUL characters, got one in {path or 'the text'}")
        if _HALF_CHARACTER.search(text):
            _refuse(field, f"must have whole characters, got half of one in {path or 'the text'}")


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield path, value
        case list():
            for number, item in enumerate(value):
                yield from _texts(item, f"{path}[{number}]")
        case dict():
            for name, item in value.items():
                yield path, name
                yield from _texts(item, f"{path}.{name}" if path else name)


# In C where it is there, as in all wheels: twenty times as fast.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """Knows text, numbers, true, false and null; says where a name stands twice."""

    field = "body"
    # Not those of YAML 1.1, in which `no`, `1:30` and `2024-01-01` are no text.
    yaml_implicit_resolvers: Final[dict[str, Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            name = self.construct_object(key, deep=True)
            if not isinstance(name, str):
                _refuse(self.field, f"must have text for names, got {shown(name)} in line {line}: put it in quotes")
            if name in found:
                _refuse(self.field, f"has {shown(name)} twice in one object, in line {line}")
            found[name] = self.construct_object(value, deep=deep)
        return found

    def construct_number(self, node: yaml.ScalarNode) -> int | float:
        return _number(node, self.field)


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:null", _YAML_NULL, ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", _YAML_BOOL, list("tTfF")),
    ("tag:yaml.org,2002:int", _YAML_INT, list("-+0123456789")),
    ("tag:yaml.org,2002:float", _YAML_FLOAT, list("-+.0123456789")),
):
    _Loader.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern.pattern})\Z"), _first)
for _tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
    _Loader.add_constructor(_tag, _Loader.construct_number)


def _number(node: yaml.ScalarNode, field: str) -> int | float:
    try:
        return _whole(node.value) if _YAML_INT.fullmatch(node.value) else _finite(node.value)
    except ValueError as err:
        _refuse(field, f"holds {err} in line {node.start_mark.line + 1}")


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word}, which is no number")


def _whole(digits: str) -> int:
    """At most 64 bits, because more has no place in a database."""
    number = int(digits) if len(digits) <= _LONGEST_WHOLE else _TOO_LARGE
    if not -_TOO_LARGE <= number < _TOO_LARGE:
        raise ValueError(f"{shown(digits)}, which is too large a number")
    return number


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{shown(digits)}, which is too large a number")
    return number


def _refuse(field: str, message: str) -> NoReturn:
    raise InvalidInput({field: message})


def too_deep(limits: Limits) -> str:
    """What the message says."""
    return f"must be nested at most {limits.depth} deep, is deeper"


def too_many(limits: Limits) -> str:
    """What the message says."""
    return f"must have at most {limits.nodes} values and names, has more"


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def shown(value: Any) -> str:
    """As a message repeats it."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
