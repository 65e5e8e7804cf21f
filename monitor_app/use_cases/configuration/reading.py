"""Reads a configuration file, with its overlay, its defaults and what stands for secrets, and says all that is wrong.

What the fields of a service must be like is said later, by `service_input.check`. Reads secret files: call it in a
thread.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from monitor_app.domain.relation import DEPENDENCY, NOTE_LIMIT, RELATION_TYPES
from monitor_app.domain.service import RESERVED_SERVICE_IDS, SERVICE_ID_PATTERN
from monitor_app.errors import InvalidInput
from monitor_app.plugins.forms import shown_value
from monitor_app.security.placed import FILE, Format, Placed, parse_placed
from monitor_app.use_cases.configuration.document import (
    RELATION_FIELDS,
    SERVICE_FIELDS,
    ConfigFileError,
    Document,
    GroupEntry,
    Place,
    Problem,
    RelationEntry,
    ServiceEntry,
)
from monitor_app.use_cases.configuration.group_reading import read_group
from monitor_app.use_cases.configuration.overlays import laid_over, overlaid
from monitor_app.use_cases.configuration.substitution import Substitution, substituted
from monitor_app.use_cases.service_input import DEFAULT_KIND

PARTS: Final = ("services", "relations", "groups", "defaults", "settings", "version")
VERSION: Final = 1
KINDS: Final = "kinds"
# An alias or a default makes a long text many long ones, so texts count by their length, too.
TEXT_EACH: Final = 64
# A place for anchors.
_IGNORED = "x-"
_DEFAULT_FIELDS = tuple(name for name in SERVICE_FIELDS if name != "label")
_LINE = re.compile(r" in line (\d+)")


@dataclass(frozen=True, slots=True)
class Source:
    """A file as it was read: its name without folders, and its text."""

    name: str
    text: str | bytes
    format: Format = "yaml"


def read_document(
    text: str | bytes,
    form: Format,
    name: str,
    *,
    overlay: Source | None = None,
    substitution: Substitution | None = None,
) -> Document:
    """A file with the overlay of an environment laid over it.

    Without `substitution` nothing may stand for a value outside of the file. Raises ConfigFileError.
    """
    document, problems = read_partly(text, form, name, overlay=overlay, substitution=substitution)
    if problems:
        raise ConfigFileError(problems)
    return document


def read_partly(
    text: str | bytes,
    form: Format,
    name: str,
    *,
    overlay: Source | None = None,
    substitution: Substitution | None = None,
) -> tuple[Document, list[Problem]]:
    """What could be read, and what is wrong with the rest: an entry with a problem may be there, or not.

    Raises ConfigFileError when it is no YAML or JSON at all.
    """
    tree = _parsed(Source(name, text, form))
    if overlay is not None:
        tree = overlaid(tree, _parsed(overlay))
    reader = _Reader(name, substitution)
    return reader.document(tree), reader.problems


def _parsed(source: Source) -> Placed:
    try:
        return parse_placed(source.text, source.format, file=source.name)
    except InvalidInput as err:
        text = "; ".join(err.fields.values())
        line = _LINE.search(text)
        raise ConfigFileError([Problem(Place(source.name, int(line[1]) if line else None), "", text)]) from err


class _Reader:
    """Makes the entries, and notes each problem instead of stopping at the first."""

    def __init__(self, name: str, substitution: Substitution | None) -> None:
        self._name = name
        self._substitution = substitution
        self._values = 0
        self.problems: list[Problem] = []

    def document(self, tree: Placed) -> Document:
        parts = self._parts(tree)
        defaults = _Defaults(*self._defaults(parts.get("defaults", Placed({}))), self.count)
        services = [
            entry
            for service_id, placed in self._objects(parts.get("services"), "services").items()
            if (entry := self._service(service_id, placed, defaults))
        ]
        relations = self._relations(parts.get("relations"))
        groups = [
            group
            for name, placed in self._objects(parts.get("groups"), "groups", True).items()
            if (group := self._group(name, placed))
        ]
        settings = parts.get("settings", Placed({}))
        if not isinstance(settings.value, dict):
            self._wrong(settings, "settings", f"must be an object with named fields, got {_shown(settings)}")
            settings = Placed({})
        return Document(
            self._name,
            tuple(services),
            tuple(relations),
            tuple(groups),
            {kind: _place(placed) for kind, placed in defaults.kinds.items()},
            settings.plain(),
            _place(settings),
        )

    def _parts(self, tree: Placed) -> dict[str, Placed]:
        if tree.value is None:
            return {}
        if not isinstance(tree.value, dict):
            self._wrong(tree, "", f"must be an object with {', '.join(PARTS)}, got {_shown(tree)}")
            return {}
        parts = {name: part for name, part in tree.value.items() if not name.startswith(_IGNORED)}
        for name, part in parts.items():
            if name not in PARTS:
                self._wrong(part, _cut(name), f"is not known here: must be one of {', '.join(PARTS)}, or begin with x-")
        version = parts.get("version", Placed(VERSION))
        if isinstance(version.value, bool) or version.value not in (VERSION, None):
            self._wrong(version, "version", f"must be {VERSION}: files of another version are not known here")
        return {name: part for name, part in parts.items() if part.value is not None}

    def _defaults(self, part: Placed) -> tuple[Placed, dict[str, Placed]]:
        given = self._objects(Placed({"defaults": part}), "").get("defaults", Placed({}))
        own = {name: value for name, value in given.value.items() if name != KINDS}
        kinds = self._objects(given.value.get(KINDS), f"defaults.{KINDS}")
        for path, fields in [
            ("defaults", own),
            *((f"defaults.{KINDS}.{kind}", of.value) for kind, of in kinds.items()),
        ]:
            for name, value in fields.items():
                if name not in _DEFAULT_FIELDS or (path != "defaults" and name == "kind"):
                    allowed = ", ".join(_DEFAULT_FIELDS)
                    self._wrong(value, f"{path}.{name}", f"is not a field that has defaults: must be one of {allowed}")
        return _known(Placed(own, part.file, part.line)), {kind: _known(of) for kind, of in kinds.items()}

    def _service(self, service_id: str, placed: Placed, defaults: "_Defaults") -> ServiceEntry | None:
        if not SERVICE_ID_PATTERN.fullmatch(service_id) or service_id in RESERVED_SERVICE_IDS:
            words = ", ".join(sorted(RESERVED_SERVICE_IDS))
            text = (
                "a service_id must be 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both "
            )
            self._wrong(placed, f"services.{_cut(service_id)}", f"{text}ends, and none of {words}")
            return None
        for name, value in placed.value.items():
            if name not in SERVICE_FIELDS:
                allowed = ", ".join(SERVICE_FIELDS)
                self._wrong(value, f"{service_id}.{name}", f"is not a field of a service: must be one of {allowed}")
        fields = _Fields(self, service_id, self._substitution)
        together = defaults.under(placed)
        self.count(len(together), placed)
        values = {
            name: fields.plain(value, name)
            for name, value in together.items()
            if name in SERVICE_FIELDS and value.value is not None
        }
        return ServiceEntry(
            service_id, values, _place(placed), fields.places, frozenset(fields.hidden), frozenset(fields.secrets)
        )

    def _relations(self, part: Placed | None) -> list[RelationEntry]:
        if part is None:
            return []
        if not isinstance(part.value, list):
            self._wrong(part, "relations", f"must be a list of relations, got {_shown(part)}")
            return []
        relations: dict[tuple[str, str, str], RelationEntry] = {}
        for number, placed in enumerate(part.value, 1):
            relation = self._relation(placed, f"relations.{number}")
            if relation is None:
                continue
            if relation.key in relations:
                first = relations[relation.key].place
                self._wrong(placed, f"relations.{number}", f"{relation.name} is there already, at {first}")
            relations[relation.key] = relation
        return list(relations.values())

    def _relation(self, placed: Placed, path: str) -> RelationEntry | None:
        if not isinstance(placed.value, dict):
            self._wrong(placed, path, f"must be an object with {', '.join(RELATION_FIELDS)}, got {_shown(placed)}")
            return None
        known = len(self.problems)
        for name, value in placed.value.items():
            if name not in RELATION_FIELDS:
                allowed = ", ".join(RELATION_FIELDS)
                self._wrong(value, f"{path}.{name}", f"is not a field of a relation: must be one of {allowed}")
        source, target = (self._text(placed, name, path, 63, is_needed=True) for name in ("source", "target"))
        relation_type = self._text(placed, "relation_type", path, 40) or DEPENDENCY
        if relation_type not in RELATION_TYPES:
            text = f"must be one of {', '.join(RELATION_TYPES)}, got {shown_value(relation_type)}"
            self._wrong(placed.value["relation_type"], f"{path}.relation_type", text)
        enabled = placed.value.get("enabled", Placed(None))
        if not isinstance(enabled.value, bool | None):
            self._wrong(enabled, f"{path}.enabled", f"must be true or false, got {_shown(enabled)}")
        note = self._text(placed, "note", path, NOTE_LIMIT)
        if len(self.problems) > known:
            return None
        return RelationEntry(source, target, relation_type, enabled.value is not False, note, _place(placed))

    def _group(self, name: str, placed: Placed) -> GroupEntry | None:
        return read_group(name, placed, f"groups.{_cut(name)}", _place(placed), self._wrong, self._text)

    def _text(self, placed: Placed, name: str, path: str, limit: int, *, is_needed: bool = False) -> str:
        """A text field of a relation or group; variables have no place there."""
        given = placed.value.get(name, Placed(None, placed.file, placed.line))
        if given.value is None:
            if is_needed:
                self._wrong(given, f"{path}.{name}", "is required")
            return ""
        if not isinstance(given.value, str):
            self._wrong(given, f"{path}.{name}", f"must be text, got {_shown(given)}")
            return ""
        try:
            text = substituted(given.value, None).text.strip()
        except ValueError:
            self._wrong(given, f"{path}.{name}", "must not hold ${...}: values from outside are for services only")
            return ""
        if len(text) > limit:
            self._wrong(given, f"{path}.{name}", f"must have at most {limit} characters, got {len(text)}")
        return text

    def _objects(self, part: Placed | None, path: str, may_be_empty: bool = False) -> dict[str, Placed]:
        """Objects by their names; what is none is noted and left out."""
        if part is None or part.value is None:
            return {}
        if not isinstance(part.value, dict):
            self._wrong(part, path, f"must be an object with a name for each, got {_shown(part)}")
            return {}
        found: dict[str, Placed] = {}
        for name, placed in part.value.items():
            if isinstance(placed.value, dict):
                found[name] = placed
            elif may_be_empty and placed.value is None:
                found[name] = Placed({}, placed.file, placed.line)
            else:
                where = f"{path}.{_cut(name)}".strip(".")
                self._wrong(placed, where, f"must be an object with named fields, got {_shown(placed)}")
        return found

    def _wrong(self, placed: Placed, field: str, text: str) -> None:
        self.note(Problem(_place(placed), field, text))

    def count(self, values: int, placed: Placed) -> None:
        """So many values more. Raises ConfigFileError beyond what a file may stand for with all its defaults."""
        self._values += values
        if self._values > FILE.nodes:
            text = f"must give the services at most {FILE.nodes} values together with what they say, give more; "
            text += f"{TEXT_EACH} characters count as one"
            raise ConfigFileError([Problem(_place(placed), "defaults", text)])

    def note(self, problem: Problem) -> None:
        """Something is wrong; the rest is looked at all the same."""
        self.problems.append(problem)


@dataclass(frozen=True, slots=True)
class _Defaults:
    """What services have that do not say otherwise."""

    general: Placed
    kinds: Mapping[str, Placed]
    count: Callable[[int, Placed], None]
    _lower: dict[str, Placed] = field(default_factory=dict)

    def under(self, service: Placed) -> dict[str, Placed]:
        """The fields of a service with those of its kind and of all services under them."""
        kind = service.value.get("kind") or self.general.value.get("kind") or Placed(DEFAULT_KIND)
        # Anything may stand there: what is no text has no defaults.
        lower = self._of(kind.value) if isinstance(kind.value, str) and kind.value in self.kinds else self.general
        found: dict[str, Placed] = laid_over(lower, service).value
        return found

    def _of(self, kind: str) -> Placed:
        """Those of a kind over those of all, put together once."""
        if kind not in self._lower:
            self._lower[kind] = laid_over(self.general, self.kinds[kind])
            self.count(_size(self._lower[kind]), self.kinds[kind])
        return self._lower[kind]


class _Fields:
    """The values of one service without places, which it keeps beside, and with what stands outside put in."""

    def __init__(self, reader: _Reader, service_id: str, substitution: Substitution | None) -> None:
        self._reader = reader
        self._service_id = service_id
        self._substitution = substitution
        self.places: dict[str, Place] = {}
        self.hidden: set[str] = set()
        self.secrets: set[str] = set()

    def plain(self, placed: Placed, path: str, depth: int = 1) -> Any:
        self._reader.count(1, placed)
        if depth <= 2:  # such as status_config.url: so far messages and plans tell fields apart
            self.places[path] = _place(placed)
        match placed.value:
            case dict():
                return {
                    name: self.plain(value, f"{path}.{name}" if depth < 2 else path, depth + 1)
                    for name, value in placed.value.items()
                }
            case list():
                return [self.plain(value, path, depth + 2) for value in placed.value]
            case str():
                return self._text(placed, path)
            case value:
                return value

    def _text(self, placed: Placed, path: str) -> str:
        try:
            found = substituted(placed.value, self._substitution)
        except ValueError as err:
            self._reader.note(Problem(_place(placed), f"{self._service_id}.{path}", str(err)))
            return ""
        self._reader.count(len(found.text) // TEXT_EACH, placed)
        if found.values:
            self.hidden.add(path)
            self.secrets.update(found.values)
        return found.text


def _known(fields: Placed) -> Placed:
    """Only what a service may have."""
    return replace(fields, value={name: value for name, value in fields.value.items() if name in SERVICE_FIELDS})


def _size(placed: Placed) -> int:
    """How many values it holds."""
    match placed.value:
        case dict():
            return 1 + sum(map(_size, placed.value.values()))
        case list():
            return 1 + sum(map(_size, placed.value))
        case _:
            return 1


def _place(placed: Placed) -> Place:
    return Place(placed.file, placed.line)


def _shown(placed: Placed) -> str:
    """What stands there by its type only: it may be half of a secret."""
    match placed.value:
        case None:
            return "nothing"
        case dict():
            return "an object"
        case list():
            return "a list"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case _:
            return "text"


def _cut(name: str) -> str:
    return name if name.isprintable() and len(name) <= 80 else repr(name[:80])
