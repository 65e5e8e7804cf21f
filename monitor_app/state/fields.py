"""The form of a service: its common fields and those of its kind, as rows that a page draws without knowing a kind."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal

from monitor_app.domain import thresholds
from monitor_app.domain.service import SERVICE_TYPES, ServiceDefinition
from monitor_app.plugins.forms import FormField
from monitor_app.plugins.registry import Kind, KindRegistry
from monitor_app.redact import MASK, is_secret_name
from monitor_app.state import runtime
from monitor_app.use_cases.service_input import DEFAULT_KIND
from monitor_app.use_cases.source_fields import read_only

FieldRow = dict[str, Any]
# Names of the kind's own fields carry this on the page, so that they never meet a common one.
CONFIG = "config."

_LABEL = FormField(
    "label",
    "text",
    "Name",
    "Shown on the board; the address when left blank.",
    "",
    "",
    required=False,
    rare=False,
    secret=False,
)
_GROUP = FormField("group", "text", "Group", "A team, a site, a product.", "", "", False, False, False)
_ENVIRONMENT = FormField(
    "environment",
    "text",
    "Environment",
    "Where it runs, such as production or staging.",
    "",
    "",
    required=False,
    rare=False,
    secret=False,
)
_TAGS = FormField("tags", "text", "Tags", "With commas between.", "", "", False, False, False)
_METRIC_CONFIG = FormField(
    "metric_config",
    "multiline",
    "Degraded when",
    f"One threshold a line on the response time or any metric of the kind, such as {thresholds.FORM}.",
    "",
    "",
    required=False,
    rare=True,
    secret=False,
)
_SERVICE_ID = FormField(
    "service_id",
    "text",
    "Id",
    "Lower-case letters, digits and hyphens. Made from the name when left blank.",
    "",
    "",
    required=False,
    rare=True,
    secret=False,
)
_SHORT = frozenset({"group", "environment", "service_id"})
# Words that people write otherwise than a name is written.
_WORDS = {"api": "API", "api_endpoint": "API endpoint", "dns": "DNS"}
# In this order, whichever of them a kind declares anew.
_JUDGING = (
    "failures_to_fail",
    "successes_to_recover",
    "starting_seconds",
    "deadline_seconds",
    "breaker_failures",
    "breaker_seconds",
)
# How a field stands in a JSON document, by its type, or by its name where it is written otherwise there.
_JSON_TYPES = {
    "text": "text",
    "multiline": "text",
    "choice": "text",
    "number": "number",
    "switch": "true or false",
    "mapping": "object",
    "tags": "list of texts",
    "metric_config": "object",
}
# What is watched; where it belongs; how it is checked; what is seldom needed; what makes it degraded or down.
Part = Literal["kind", "board", "options", "more", "judging"]


def kinds() -> KindRegistry:
    """The kinds this program has: those of the running process, which has the key of stored secrets, once it runs."""
    wired: KindRegistry | None = runtime.current().registry if runtime.is_running() else None
    return wired or _keyless()


@cache
def _keyless() -> KindRegistry:
    return KindRegistry()


def ordered_kinds() -> list[Kind]:
    """The kinds that can be added: the one that most want first, the others by their titles."""
    ours = [kind for kind in kinds() if not kind.config_model.is_observed]
    return sorted(ours, key=lambda kind: (kind.name != DEFAULT_KIND, kind.title.casefold()))


def field_rows(
    kind_name: str, service: ServiceDefinition | None = None, typed: Mapping[str, Any] | None = None
) -> list[FieldRow]:
    """Every field of a service of this kind with its present value; a value that is the default stays blank.

    Secrets never leave: a mask stands for one that is set, and the use cases put it back. `typed` is what stands in
    fields instead, by their keys. Raises NotFound for a kind that does not exist.
    """
    config = kinds()[kind_name].readable(service.status_config) if service else {}
    common = _common_values(service) if service else {}
    fields = kinds()[kind_name].fields
    own = [field for field in fields if field.name not in _JUDGING]
    judging = sorted((field for field in fields if field.name in _JUDGING), key=lambda each: _JUDGING.index(each.name))
    targets = _targets(own)
    rows = [_row(each, config.get(each.name), "kind", CONFIG) for each in targets]
    board = (_LABEL, _service_type(kind_name, common.get("service_type")), _SERVICE_ID, _GROUP, _ENVIRONMENT, _TAGS)
    rows += [_row(each, common.get(each.name), "board") for each in board]
    rows.append(_row(_interval(kind_name), common.get("interval_seconds"), "options"))
    rest = [each for each in own if each not in targets]
    rows += [_row(each, config.get(each.name), "more" if each.rare else "options", CONFIG) for each in rest]
    rows.append(_row(_METRIC_CONFIG, common.get("metric_config"), "judging"))
    rows += [_row(each, config.get(each.name), "judging", CONFIG) for each in judging]
    locked = read_only(service) if service is not None else ()
    for row in rows:
        row["is_locked"] = ("status_config" if row["is_config"] else row["name"]) in locked
    return [_with(row, typed[row["key"]]) if typed and row["key"] in typed else row for row in rows]


def _targets(fields: list[FormField]) -> list[FormField]:
    """What says what is watched: all that has to be given, with the port of a host; where nothing has, any of them."""
    required = [each for each in fields if each.required]
    if not required:
        return [each for each in fields if not each.rare]
    if any(each.name == "host" for each in required):
        required = [each for each in fields if each.name == "port" or each in required]
        required.sort(key=lambda each: each.name == "port")
    return required


def _with(row: FieldRow, value: Any) -> FieldRow:
    """The row with this in its field."""
    if row["type"] == "switch":
        is_on = value is True or value == "True"
        return row | {"is_on": is_on, "is_set": str(is_on) != row["placeholder"]}
    text = _as_text(value)
    if row["type"] == "choice":
        known = text in row["choices"]
        options = row["options"] if known else [*row["options"], {"value": text, "title": text}]
        return row | {"value": text, "is_set": text != row["placeholder"], "options": options} if text else row
    return row | {"value": text, "is_set": bool(text.strip())}


def part(rows: Iterable[FieldRow], name: Part) -> list[FieldRow]:
    """The rows of one part of the form, each as wide as goes with its neighbours."""
    chosen = [row for row in rows if row["part"] == name]
    at = 0
    while at < len(chosen):
        some = chosen[at : at + 2]
        for row, width in zip(some, _widths([(row["name"], row["width"]) for row in some]), strict=False):
            row["width"] = width
            at += 1
    return chosen


def _widths(fields: list[tuple[str, str]]) -> tuple[str, ...]:
    """How wide the first of these (name, width) is, or the two when they share a line."""
    match fields:
        case [("host", _), ("port", _)]:
            return "most", "least"
        case [(_, "half"), (_, "half")]:
            return "half", "half"
        case [(_, "half"), *_]:
            return ("alone",)
    return ("full",)


def _interval(kind_name: str) -> FormField:
    """How often, with the kind's own default."""
    default = str(kinds()[kind_name].config_model.default_interval_seconds)
    text = "5 s to 24 h (86400)."
    return FormField(
        "interval_seconds", "number", "Check every", text, "s", default, required=False, rare=False, secret=False
    )


def _service_type(kind_name: str, present: str | None) -> FormField:
    """What it is: a known type, the one of the kind unless somebody says otherwise."""
    default = kinds()[kind_name].config_model.default_service_type
    known = {
        *SERVICE_TYPES,
        *(kind.config_model.default_service_type for kind in kinds()),
        *([present] if present else []),
    }
    return FormField(
        "service_type",
        "choice",
        "Type",
        "What it is. Lists and reports go by it.",
        "",
        default,
        required=True,
        rare=False,
        secret=False,
        choices=tuple(sorted(known, key=_in_words)),
    )


def _in_words(name: str) -> str:
    """`python_process` as people read it."""
    return _WORDS.get(name) or name.replace("_", " ").capitalize()


def input_of(kind_name: str, form: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a submitted form as the use cases want them; what is no field of the form is dropped."""
    rows = field_rows(kind_name)
    values: dict[str, Any] = {"kind": kind_name, "status_config": {}}
    for row in rows:
        value = form.get(row["key"])
        if not isinstance(value, str | bool):
            continue
        if row["is_config"]:
            values["status_config"][row["name"]] = value
        else:
            values[row["name"]] = value
    return values


def keyed(kind_name: str, messages: Mapping[str, str]) -> dict[str, str]:
    """Messages by the names that the page uses; what belongs to no field stands under "" ."""
    keys = {row["name"]: row["key"] for row in field_rows(kind_name)}
    placed = {keys[name]: text for name, text in messages.items() if name in keys}
    rest = [f"{name.replace('_', ' ')} {text}" for name, text in messages.items() if name not in keys]
    return placed | ({"": "; ".join(rest)} if rest else {})


def _row(field: FormField, value: Any, place: Part, prefix: str = "") -> FieldRow:
    text = MASK if field.secret and value else _as_text(value)
    is_default = value is None or text == field.default
    is_on = field.default == "True" if value is None else value is True or text == "True"
    return {
        "key": prefix + field.name,
        "name": field.name,
        "is_config": bool(prefix),
        "part": place,
        "type": field.type,
        "title": field.title,
        "help": field.description,
        "unit": field.unit,
        "placeholder": field.default,
        "value": (field.default if field.type == "choice" else "") if is_default else text,
        "is_on": is_on,
        "required": field.required,
        "is_set": not is_default,
        "width": "half" if field.type in ("number", "choice") or field.name in _SHORT else "full",
        "json_type": _JSON_TYPES.get(field.name) or _JSON_TYPES[field.type],
        "when": f"{CONFIG}{field.when}" if field.when else "",
        "secret": field.secret,
        # Only its source changes it.
        "is_locked": False,
        "choices": list(field.choices),
        "options": [
            {"value": each, "title": _in_words(each) if field.name == "service_type" else each}
            for each in field.choices
        ],
    }


def _common_values(service: ServiceDefinition) -> dict[str, Any]:
    return {
        "label": service.label,
        "service_type": service.service_type,
        "interval_seconds": service.interval_seconds,
        "group": service.group,
        "environment": service.environment,
        "tags": ", ".join(service.tags),
        "metric_config": thresholds.as_text(thresholds.parse(service.metric_config)),
        "service_id": service.service_id,
    }


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {MASK if is_secret_name(name) else text}" for name, text in value.items())
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
