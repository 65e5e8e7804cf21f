"""Services and relations as CSV: a table each, a row for each of them, and a column for each field of a config."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from monitor_app.domain.relation import DEPENDENCY
from monitor_app.errors import InvalidInput, NotFound
from monitor_app.plugins.registry import KindRegistry
from monitor_app.security.documents import parse_json
from monitor_app.use_cases.configuration.document import (
    RELATION_FIELDS,
    Document,
    Place,
    Problem,
    RelationEntry,
    ServiceEntry,
)
from monitor_app.use_cases.portable.cells import as_csv, decoded, plain, rows_of
from monitor_app.use_cases.portable.names import ServiceIds
from monitor_app.use_cases.service_input import DEFAULT_KIND

CONFIG: Final = "config."
SERVICE_COLUMNS: Final = (
    "service_id", "label", "service_type", "kind", "group", "environment", "tags", "interval_seconds", "enabled",
    "metric_config",
)  # fmt: skip
_YES: Final = frozenset({"true", "yes", "on", "1"})
_NO: Final = frozenset({"false", "no", "off", "0"})


def services_csv(services: Sequence[Mapping[str, Any]]) -> str:
    """Services as an export has them, `service_id` among their fields; what is not set is a blank cell."""
    fields = sorted({name for service in services for name in service["status_config"]})
    header = [*SERVICE_COLUMNS, *(CONFIG + name for name in fields)]
    rows = [[_service_cell(service, name) for name in header] for service in services]
    return as_csv([header, *rows])


def relations_csv(relations: Iterable[Mapping[str, Any]]) -> str:
    """Relations as an export has them."""
    return as_csv([RELATION_FIELDS, *([relation[name] for name in RELATION_FIELDS] for relation in relations)])


def _service_cell(service: Mapping[str, Any], column: str) -> Any:
    if column.startswith(CONFIG):
        return service["status_config"].get(column.removeprefix(CONFIG))
    if column == "tags":
        return ",".join(service["tags"])
    return service[column] if column != "metric_config" else service[column] or None


def read_csv(data: bytes | str, name: str, registry: KindRegistry) -> tuple[Document, list[Problem]]:
    """What the table says, and what is wrong with rows that are not in the document.

    The columns tell which table it is. Raises InvalidInput when it is none of them, or too large to be looked at.
    """
    rows = rows_of(decoded(data))
    first = next(rows, None)
    if first is None:
        raise InvalidInput({"file": "must have the names of columns in its first line, is empty"})
    columns = [plain(text).strip() for text in first[1]]
    table = _Table(name, columns)
    _refuse_columns(columns)
    if "source" in columns:
        return _relations(table, rows)
    return _services(table, rows, registry)


@dataclass
class _Table:
    name: str
    columns: list[str]
    problems: list[Problem] = field(default_factory=list)

    def cells(self, line: int, row: Sequence[str]) -> dict[str, str] | None:
        """By column, missing ones blank; None for a row that has more of them."""
        if len(row) > len(self.columns) and any(row[len(self.columns) :]):
            self.wrong(line, "", f"must have at most {len(self.columns)} cells, as the first line has, got {len(row)}")
            return None
        filled = [*row, *([""] * (len(self.columns) - len(row)))]
        return {column: plain(text) for column, text in zip(self.columns, filled, strict=False) if column}

    def wrong(self, line: int, column: str, text: str) -> None:
        self.problems.append(Problem(Place(self.name, line), column, text))


def _refuse_columns(columns: Sequence[str]) -> None:
    allowed: Collection[str] = SERVICE_COLUMNS
    if "source" in columns or "target" in columns:
        allowed = RELATION_FIELDS
        needed = [name for name in ("source", "target") if name not in columns]
    else:
        needed = [] if {"service_id", "label"} & set(columns) else ["service_id"]
    if needed:
        raise InvalidInput({"file": f"must have a column {needed[0]} in its first line, has {_shown(columns)}"})
    if twice := [name for name in columns if name and columns.count(name) > 1]:
        raise InvalidInput({"file": f"must have each column once, has {twice[0][:60]!r} twice"})
    for name in columns:
        is_known = name in allowed or (allowed is SERVICE_COLUMNS and name.startswith(CONFIG) and name != CONFIG)
        if name and not is_known:
            more = f" and {CONFIG}NAME for the fields of a kind" if allowed is SERVICE_COLUMNS else ""
            raise InvalidInput({"file": f"must have columns of {', '.join(allowed)}{more}, got {name[:60]!r}"})


def _services(
    table: _Table, rows: Iterable[tuple[int, list[str]]], registry: KindRegistry
) -> tuple[Document, list[Problem]]:
    entries, ids, mappings = [], ServiceIds(), _mapping_fields(registry)
    has_config = any(name.startswith(CONFIG) for name in table.columns)
    for line, row in rows:
        cells = table.cells(line, row)
        if cells is None:
            continue
        # Blank cells say that something is to be blank; of these two they say nothing.
        given: dict[str, Any] = {
            name: text
            for name, text in cells.items()
            if name in SERVICE_COLUMNS and (text.strip() or name not in ("kind", "enabled"))
        }
        service_id = given.pop("service_id", "").strip() or ids.of(given.get("label", ""), cells.get("config.url", ""))
        try:
            if given.get("metric_config", "").startswith("{"):
                given["metric_config"] = _json(given["metric_config"], "metric_config")
            if has_config:
                kind = given.get("kind", DEFAULT_KIND).strip()
                given["status_config"] = _config(cells, mappings(kind))
        except InvalidInput as err:
            for column, text in err.fields.items():
                table.wrong(line, f"{service_id}.{column}", text)
            continue
        entries.append(ServiceEntry(service_id, given, Place(table.name, line)))
    return Document(table.name, services=tuple(entries)), table.problems


def _relations(table: _Table, rows: Iterable[tuple[int, list[str]]]) -> tuple[Document, list[Problem]]:
    entries = []
    for line, row in rows:
        cells = table.cells(line, row)
        if cells is None:
            continue
        enabled = cells.get("enabled", "").strip().lower() or "true"
        if enabled not in _YES | _NO:
            table.wrong(line, "enabled", f"must be true or false, got {enabled[:60]!r}")
            continue
        source, target = cells.get("source", "").strip(), cells.get("target", "").strip()
        relation_type = cells.get("relation_type", "").strip() or DEPENDENCY
        note = cells.get("note", "").strip()
        entries.append(RelationEntry(source, target, relation_type, enabled in _YES, note, Place(table.name, line)))
    return Document(table.name, relations=tuple(entries)), table.problems


def _config(cells: Mapping[str, str], mappings: Collection[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for column, text in cells.items():
        name = column.removeprefix(CONFIG)
        if name != column and text.strip():
            found[name] = _json(text, name) if name in mappings and text.startswith("{") else text
    return found


def _mapping_fields(registry: KindRegistry) -> Callable[[str], Collection[str]]:
    known: dict[str, Collection[str]] = {}

    def of(kind: str) -> Collection[str]:
        if kind not in known:
            try:
                known[kind] = {field.name for field in registry[kind].fields if field.type == "mapping"}
            except NotFound:  # what is wrong with it is told with the other fields
                known[kind] = ()
        return known[kind]

    return of


def _json(text: str, column: str) -> Any:
    try:
        return parse_json(text.encode(errors="surrogatepass"))
    except InvalidInput as err:
        raise InvalidInput({column: "must be one JSON object, or lines of `name: value`"}) from err


def _shown(columns: Sequence[str]) -> str:
    return ", ".join(name[:40] for name in columns[:8]) + (" and more" if len(columns) > 8 else "")
