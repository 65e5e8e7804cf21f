"""The map as text that other programs draw: Mermaid and DOT (Graphviz). Whatever a label says, it stays a label."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from monitor_app.domain.relation import COMMUNICATION, DATA_FLOW, DEPENDENCY
from monitor_app.domain.service_map import MEMBER, MapEdge, MapNode, ServiceMap
from monitor_app.domain.status import STATUS_WORDS, Status

Statuses = Mapping[int, Status]

_ARROWS: Final = {DEPENDENCY: "-->", COMMUNICATION: "-.->", DATA_FLOW: "==>", MEMBER: "--o"}
_STYLES: Final = {DEPENDENCY: "solid", COMMUNICATION: "dashed", DATA_FLOW: "bold", MEMBER: "dotted"}
_DISABLED: Final = "disabled"


def mermaid(shown: ServiceMap, statuses: Statuses) -> str:
    """A flowchart (https://mermaid.js.org/syntax/flowchart.html), with the groups as subgraphs."""
    numbers = count(1)

    def framed(frame: _Frame, indent: str) -> Iterator[str]:
        for node in frame.nodes:
            yield f'{indent}s{node.pk}["{_mermaid_text(_words(node, statuses))}"]'
        for inner in frame.inner():
            yield f'{indent}subgraph g{next(numbers)}["{_mermaid_text(inner.name)}"]'
            yield from framed(inner, f"{indent}  ")
            yield f"{indent}end"

    arrows = (
        f"  s{edge.source_pk} {_ARROWS[edge.relation_type]}|{_title(edge)}| s{edge.target_pk}" for edge in shown.edges
    )
    return "\n".join(["flowchart LR", *framed(_whole(shown), "  "), *arrows]) + "\n"


def dot(shown: ServiceMap, statuses: Statuses) -> str:
    """A digraph (https://graphviz.org/doc/info/lang.html), with the groups as clusters."""
    numbers = count(1)

    def framed(frame: _Frame, indent: str) -> Iterator[str]:
        for node in frame.nodes:
            yield f"{indent}s{node.pk} [label={_dot_text(_words(node, statuses))}];"
        for inner in frame.inner():
            yield f"{indent}subgraph cluster_{next(numbers)} {{"
            yield f"{indent}  label={_dot_text(inner.name)};"
            yield from framed(inner, f"{indent}  ")
            yield f"{indent}}}"

    lines = ["digraph services {", "  rankdir=LR;", '  node [shape=box, style=rounded, fontname="sans-serif"];']
    lines += framed(_whole(shown), "  ")
    for edge in shown.edges:
        style = _STYLES[edge.relation_type]
        colour = "" if edge.enabled else ", color=gray"
        lines.append(f'  s{edge.source_pk} -> s{edge.target_pk} [label="{_title(edge)}", style={style}{colour}];')
    return "\n".join([*lines, "}"]) + "\n"


@dataclass(slots=True)
class _Frame:
    """A group with the services directly in it, and the groups in it."""

    name: str = ""
    nodes: list[MapNode] = field(default_factory=list)
    frames: dict[str, "_Frame"] = field(default_factory=dict)

    def inner(self) -> list["_Frame"]:
        return sorted(self.frames.values(), key=lambda frame: frame.name.casefold())


def _whole(shown: ServiceMap) -> _Frame:
    """Around everything; it has no name."""
    whole = _Frame()
    for node in shown.nodes:
        frame = whole
        for name in shown.path(node.group):
            frame = frame.frames.setdefault(name, _Frame(name))
        frame.nodes.append(node)
    return whole


def _words(node: MapNode, statuses: Statuses) -> str:
    return f"{node.label}: {STATUS_WORDS[statuses.get(node.pk, Status.UNKNOWN)]}"


def _title(edge: MapEdge) -> str:
    return edge.relation_type if edge.enabled else f"{edge.relation_type}, {_DISABLED}"


def _mermaid_text(text: str) -> str:
    """Every character that is neither letter, digit nor space as its number, so none of them means anything."""
    return "".join(char if char.isalnum() or char == " " else f"#{ord(char)};" for char in text)


def _dot_text(text: str) -> str:
    """A quoted string: only quotes and backslashes mean anything in it, and line ends are none of a label."""
    plain = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
