"""The map as text that other programs draw: Mermaid and DOT (Graphviz). Whatever a label says, it stays a label."""

from collections.abc import Iterator, Mapping
from typing import Final

from monitor_app.domain.relation import COMMUNICATION, DATA_FLOW, DEPENDENCY
from monitor_app.domain.service_map import MEMBER, MapEdge, MapNode, ServiceMap
from monitor_app.domain.status import Status

Statuses = Mapping[int, Status]

_WORDS: Final = {
    Status.OK: "Up",
    Status.DEGRADED: "Degraded",
    Status.FAILED: "Down",
    Status.STARTING: "Starting",
    Status.STOPPED: "Paused",
    Status.UNKNOWN: "Unknown",
}
_ARROWS: Final = {DEPENDENCY: "-->", COMMUNICATION: "-.->", DATA_FLOW: "==>", MEMBER: "--o"}
_STYLES: Final = {DEPENDENCY: "solid", COMMUNICATION: "dashed", DATA_FLOW: "bold", MEMBER: "dotted"}
_DISABLED: Final = "disabled"


def mermaid(shown: ServiceMap, statuses: Statuses) -> str:
    """A flowchart (https://mermaid.js.org/syntax/flowchart.html), with the groups as subgraphs."""
    lines = ["flowchart LR"]
    for number, (group, nodes) in enumerate(_by_group(shown)):
        if group:
            lines.append(f'  subgraph g{number}["{_mermaid_text(group)}"]')
        indent = "    " if group else "  "
        lines += [f'{indent}s{node.pk}["{_mermaid_text(_words(node, statuses))}"]' for node in nodes]
        if group:
            lines.append("  end")
    lines += [
        f"  s{edge.source_pk} {_ARROWS[edge.relation_type]}|{_title(edge)}| s{edge.target_pk}" for edge in shown.edges
    ]
    return "\n".join(lines) + "\n"


def dot(shown: ServiceMap, statuses: Statuses) -> str:
    """A digraph (https://graphviz.org/doc/info/lang.html), with the groups as clusters."""
    lines = ["digraph services {", "  rankdir=LR;", '  node [shape=box, style=rounded, fontname="sans-serif"];']
    for number, (group, nodes) in enumerate(_by_group(shown)):
        if group:
            lines += [f"  subgraph cluster_{number} {{", f"    label={_dot_text(group)};"]
        indent = "    " if group else "  "
        lines += [f"{indent}s{node.pk} [label={_dot_text(_words(node, statuses))}];" for node in nodes]
        if group:
            lines.append("  }")
    for edge in shown.edges:
        style = _STYLES[edge.relation_type]
        colour = "" if edge.enabled else ", color=gray"
        lines.append(f'  s{edge.source_pk} -> s{edge.target_pk} [label="{_title(edge)}", style={style}{colour}];')
    return "\n".join([*lines, "}"]) + "\n"


def _by_group(shown: ServiceMap) -> Iterator[tuple[str, list[MapNode]]]:
    found: dict[str, list[MapNode]] = {"": []}
    for node in shown.nodes:
        found.setdefault(node.group, []).append(node)
    for group in ("", *shown.groups()):
        yield group, found[group]


def _words(node: MapNode, statuses: Statuses) -> str:
    return f"{node.label}: {_WORDS[statuses.get(node.pk, Status.UNKNOWN)]}"


def _title(edge: MapEdge) -> str:
    return edge.relation_type if edge.enabled else f"{edge.relation_type}, {_DISABLED}"


def _mermaid_text(text: str) -> str:
    """Every character that is neither letter, digit nor space as its number, so none of them means anything."""
    return "".join(char if char.isalnum() or char == " " else f"#{ord(char)};" for char in text)


def _dot_text(text: str) -> str:
    """A quoted string: only quotes and backslashes mean anything in it, and line ends are none of a label."""
    plain = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
