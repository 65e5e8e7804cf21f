"""A kind's config model as form fields, and pydantic's complaints as messages for people."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from inspect import get_annotations
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import InitErrorDetails

from monitor_app.redact import redact

_SHOWN_LIMIT = 80
STRANGE_FIELD = "is not a field of this kind"

FieldType = Literal["text", "multiline", "number", "switch", "choice", "mapping"]


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form. `default` is shown as placeholder; `choices` is empty unless `type` is `choice`.

    A `mapping` is edited as text, one `name: value` a line. `when` is `other=value` for a field that means something
    only while another one has that value.
    """

    name: str
    type: FieldType
    title: str
    description: str
    unit: str
    default: str
    required: bool
    rare: bool
    secret: bool
    choices: tuple[str, ...] = field(default=())
    when: str = ""


def form_fields(model: type[BaseModel]) -> list[FormField]:
    """The model's fields in declaration order, those of base classes last."""
    names: list[str] = []
    for declaring in model.__mro__:
        declared = get_annotations(declaring)
        names += [name for name in declared if name in model.model_fields and name not in names]
    return [_form_field(name, model.model_fields[name]) for name in names]


def _form_field(name: str, info: FieldInfo) -> FormField:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    annotation = _without_none(info.annotation)
    field_type = _field_type(annotation, is_multiline=bool(extra.get("multiline")))
    return FormField(
        name=name,
        type=field_type,
        title=info.title or name.replace("_", " ").capitalize(),
        description=info.description or "",
        unit=str(extra.get("unit", "")),
        default=""
        if info.is_required() or _is_made(info, extra)
        else _as_text(info.get_default(call_default_factory=True)),
        required=info.is_required(),
        rare=bool(extra.get("rare")),
        secret=bool(extra.get("secret")),
        choices=tuple(str(choice) for choice in get_args(annotation)) if field_type == "choice" else (),
        when=str(extra.get("when", "")),
    )


def _is_made(info: FieldInfo, extra: Mapping[str, Any]) -> bool:
    """A secret that is made when it is left blank: another one each time, so there is none to show."""
    return bool(extra.get("secret")) and info.default_factory is not None


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in (Union, UnionType):
        rest = [arg for arg in get_args(annotation) if arg is not type(None)]
        return rest[0] if len(rest) == 1 else annotation
    return annotation


def _field_type(annotation: Any, *, is_multiline: bool) -> FieldType:
    if get_origin(annotation) is Literal:
        return "choice"
    if annotation is bool:
        return "switch"
    if annotation in (int, float):
        return "number"
    if get_origin(annotation) is dict or annotation is dict:
        return "mapping"
    return "multiline" if is_multiline else "text"


def _as_text(value: Any) -> str:
    match value:
        case None:
            return ""
        case dict():
            return "\n".join(f"{name}: {text}" for name, text in value.items())
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return str(value)


def wrong_fields(messages: Mapping[str, str]) -> ValidationError:
    """What a model's validator raises when fields do not go together: each message stands at its own field."""
    problems: list[InitErrorDetails] = [
        {"type": "value_error", "loc": (name,), "input": None, "ctx": {"error": ValueError(text)}}
        for name, text in messages.items()
    ]
    return ValidationError.from_exception_data("config", problems)


def field_messages(err: ValidationError, secret_fields: Collection[str] = ()) -> dict[str, str]:
    """One message a field: what is allowed and what was given, in words.

    What was given to a secret field, or inside a mapping or list, is never repeated.
    """
    messages: dict[str, str] = {}
    for problem in err.errors(include_url=False):
        path = [str(part) for part in problem["loc"]]
        name = path[0] if path else "config"
        is_hidden = name in secret_fields or len(path) > 1
        place = f"{path[1]!r} " if len(path) > 1 and path[1] != "[key]" else ""
        messages.setdefault(name, place + _in_words(problem, "" if is_hidden else f", got {_given(problem)}"))
    return messages


def shown_value(value: Any) -> str:
    """A value as a message may repeat it: without secrets, at most a line long, text in quotes."""
    if not isinstance(value, str | int | float | None):
        return f"a {type(value).__name__}"
    text = str(value)
    if "@" in text:
        # Whatever stands before the last @ may be a password, even one that holds slashes.
        scheme, slashes, rest = text.partition("//") if "//" in text else ("", "", text)
        text = f"{scheme}{slashes}…@{rest.rpartition('@')[2]}"
    text = redact(text)
    if len(text) > _SHOWN_LIMIT:
        text = text[: _SHOWN_LIMIT - 1] + "…"
    return repr(text) if isinstance(value, str) else text


def _given(problem: Any) -> str:
    return shown_value(problem.get("input"))


def _in_words(problem: Any, got: str) -> str:
    limits = problem.get("ctx", {})
    match problem["type"]:
        case "missing":
            return "is required"
        case "extra_forbidden":
            return STRANGE_FIELD
        case "greater_than_equal":
            return f"must be at least {limits['ge']:.15g}{got}"
        case "greater_than":
            return f"must be more than {limits['gt']:.15g}{got}"
        case "less_than_equal":
            return f"must be at most {limits['le']:.15g}{got}"
        case "less_than":
            return f"must be less than {limits['lt']:.15g}{got}"
        case "float_parsing" | "float_type" | "finite_number":
            return f"must be a number{got}"
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return f"must be a whole number{got}"
        case "bool_parsing" | "bool_type":
            return f"must be true or false{got}"
        case "string_unicode":
            return "must be text of valid characters"
        case "string_type":
            return f"must be text{got}"
        case "dict_type":
            return "must be names with values"
        case "literal_error":
            return f"must be one of {limits['expected']}{got}"
        case "string_too_long":
            return f"must have at most {limits['max_length']} characters, got {len(problem['input'])}"
        case "string_too_short":
            return f"must have at least {limits['min_length']} characters"
        case "value_error":
            return str(limits["error"])
        case _:
            return f"{problem['msg']}{got}"
