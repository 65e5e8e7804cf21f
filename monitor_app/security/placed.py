"""Reads YAML and JSON of somebody as `documents` does, and keeps the line of each value: for files that people write.

Anchors, aliases and merge keys (`<<`) are allowed here. Each use of an alias counts with all that it stands for, so
that a small file cannot become a large document.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

import yaml

from monitor_app.errors import InvalidInput
from monitor_app.security import documents
from monitor_app.security.documents import MEBIBYTE, Limits

Format = Literal["yaml", "json"]
FORMATS: Final = ("yaml", "json")
# Five thousand services, each with twenty fields.
FILE: Final = Limits(size_bytes=10 * MEBIBYTE, nodes=400_000)
_MERGE = "<<"


@dataclass(frozen=True, slots=True)
class Placed:
    """A value and the line in which it, or its name, stands. Lists and dicts hold such ones."""

    value: Any
    file: str = ""
    line: int | None = None

    def plain(self) -> Any:
        """The value without places."""
        match self.value:
            case dict():
                return {name: inner.plain() for name, inner in self.value.items()}
            case list():
                return [inner.plain() for inner in self.value]
            case value:
                return value


def parse_placed(data: str | bytes, form: Format, *, file: str = "", limits: Limits = FILE) -> Placed:
    """The document; an empty YAML is None.

    Raises InvalidInput on the field `file`; most of its messages say `in line N`.
    """
    if form == "json":
        raw = data.encode(errors="surrogatepass") if isinstance(data, str) else data
        value = documents.parse_json(raw, limits=limits, field=file)
        return _Json(raw.decode("utf-8-sig"), file).placed(value)
    text = documents.decoded(data, limits, file)
    root = documents.composed(text, limits, file)
    if root is None:
        return Placed(None, file, 1)
    return _Yaml(file, limits, documents.has_odd_escape(text)).placed(root, root.start_mark.line + 1, 1)


class _Json:
    """Goes along the text and the value that was read from it, which have the same order."""

    def __init__(self, text: str, file: str) -> None:
        self._file = file
        self._lines = self._lines_of_parts(text)

    def placed(self, value: Any, line: int | None = None) -> Placed:
        own = next(self._lines)
        line = own if line is None else line
        if isinstance(value, dict):
            found: Any = {name: self.placed(inner, next(self._lines)) for name, inner in value.items()}
        elif isinstance(value, list):
            found = [self.placed(inner) for inner in value]
        else:
            return Placed(value, self._file, line)
        next(self._lines)  # the bracket that closes
        return Placed(found, self._file, line)

    @staticmethod
    def _lines_of_parts(text: str) -> Iterator[int]:
        line, seen = 1, 0
        for part in documents.json_parts(text):
            line += text.count("\n", seen, part.start())
            seen = part.start()
            yield line


class _Yaml:
    """Makes values out of nodes; an alias is the same node once more."""

    def __init__(self, file: str, limits: Limits, has_odd_escape: bool) -> None:
        self._file = file
        self._limits = limits
        self._nodes = self._characters = 0
        self._has_odd_escape = has_odd_escape

    def placed(self, node: yaml.Node, line: int, depth: int) -> Placed:
        self._count(node, depth)
        if isinstance(node, yaml.MappingNode):
            return Placed(self._mapping(node, depth), self._file, line)
        if isinstance(node, yaml.SequenceNode):
            items = [self.placed(item, item.start_mark.line + 1, depth + 1) for item in node.value]
            return Placed(items, self._file, line)
        return Placed(self._scalar(node), self._file, line)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Placed]:
        own: dict[str, Placed] = {}
        inherited: dict[str, Placed] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if isinstance(key, yaml.ScalarNode) and key.value == _MERGE and not key.style:
                for merged in self._merged(value, line, depth):
                    for name, inner in merged.items():
                        inherited.setdefault(name, inner)  # the first one that is named wins
                continue
            name = self._name(key, line)
            if name in own:
                self._refuse(f"has {documents.shown(name)} twice in one object, in line {line}")
            own[name] = self.placed(value, line, depth + 1)
        return inherited | own

    def _merged(self, node: yaml.Node, line: int, depth: int) -> Iterator[dict[str, Placed]]:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for each in nodes:
            if not isinstance(each, yaml.MappingNode):
                self._refuse(f"must have an alias of an object after <<, has something else in line {line}")
            self._count(each, depth + 1)
            yield self._mapping(each, depth + 1)

    def _name(self, key: yaml.Node, line: int) -> str:
        self._nodes += 1
        name = self._scalar(key) if isinstance(key, yaml.ScalarNode) else None
        if not isinstance(name, str):
            got = "a list or an object" if not isinstance(key, yaml.ScalarNode) else documents.shown(name)
            self._refuse(f"must have text for names, got {got} in line {line}: put it in quotes")
        return name

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        self._characters += len(node.value)
        if self._characters > 2 * self._limits.size_bytes:
            self._refuse(f"must have at most {2 * self._limits.size_bytes} characters, with all that aliases stand for")
        value = documents.scalar(node, self._file)
        if self._has_odd_escape and isinstance(value, str) and (wrong := documents.odd_character(value)):
            self._refuse(f"must have no {wrong}, got one in line {node.start_mark.line + 1}")
        return value

    def _count(self, node: yaml.Node, depth: int) -> None:
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            self._refuse(f"{documents.too_many(self._limits)}, aliases with all they stand for")
        if depth > self._limits.depth:
            self._refuse(f"{documents.too_deep(self._limits)} in line {node.start_mark.line + 1}")

    def _refuse(self, message: str) -> NoReturn:
        raise InvalidInput({self._file: message})
