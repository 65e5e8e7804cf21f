"""The form of a service: its common fields and those of its kind, as rows that a page draws without knowing a kind."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal

from monitor_app.domain import thresholds
from monitor_app.domain.service import ServiceDefinition
from monitor_app.plugins.forms import FormField
from monitor_app.plugins.registry import Kind, KindRegistry
from monitor_app.redact import MASK, is_secret_name
from monitor_app.state import runtime
from monitor_app.use_cases.service_input import DEFAULT_KIND

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
_SHORT = frozenset({"group", "environment"})
# What a form has after the fields of the kind: where the service belongs, then what makes it degraded or down.
_BOARD = (_LABEL, _GROUP, _ENVIRONMENT)
_BOARD_END = (_TAGS,)
# In this order, whichever of them a kind declares anew.
_JUDGING = (
    "failures_to_fail",
    "successes_to_recover",
    "starting_seconds",
    "deadline_seconds",
    "breaker_failures",
    "breaker_seconds",
)
Part = Literal["kind", "board", "more", "judging"]


def kinds() -> KindRegistry:
    """The kinds this program has: those of the running process, which has the key of stored secrets, once it runs."""
    wired: KindRegistry | None = runtime.current().registry if runtime.is_running() else None
    return wired or _keyless()


@cache
def _keyless() -> KindRegistry:
    return KindRegistry()


def ordered_kinds() -> list[Kind]:
    """The kind that most want first, the others by their titles."""
    return sorted(kinds(), key=lambda kind: (kind.name != DEFAULT_KIND, kind.title.casefold()))


def field_rows(kind_name: str, service: ServiceDefinition | None = None) -> list[FieldRow]:
    """Every field of a service of this kind with its present value; a value that is the default stays blank.

    Secrets never leave: a mask stands for one that is set, and the use cases put it back.

    Raises NotFound for a kind that does not exist.
    """
    config = kinds()[kind_name].readable(service.status_config) if service else {}
    common = _common_values(service) if service else {}
    fields = kinds()[kind_name].fields
    own = [field for field in fields if field.name not in _JUDGING]
    judging = sorted((field for field in fields if field.name in _JUDGING), key=lambda each: _JUDGING.index(each.name))
    rows = [_row(each, config.get(each.name), "more" if each.rare else "kind", CONFIG) for each in own]
    board = (*_BOARD, _interval(kind_name), *_BOARD_END)
    rows += [_row(each, common.get(each.name), "board") for each in board]
    rows.append(_row(_SERVICE_ID, common.get("service_id"), "more"))
    rows.append(_row(_METRIC_CONFIG, common.get("metric_config"), "judging"))
    return rows + [_row(each, config.get(each.name), "judging", CONFIG) for each in judging]


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
        "when": f"{CONFIG}{field.when}" if field.when else "",
        "secret": field.secret,
        "choices": list(field.choices),
    }


def _common_values(service: ServiceDefinition) -> dict[str, Any]:
    return {
        "label": service.label,
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
