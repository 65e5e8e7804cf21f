"""The description of the API as a page for people: by noun, with what each call takes and an example of what it gives.

Plain HTML made here, without scripts: the usual pages load theirs from another host.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

from monitor_app.api.access import DeclaredRoute

JSON: Final = "application/json"
# Deeper than this an example shows nothing more.
DEPTH: Final = 6
Schema = Mapping[str, Any]

_HEAD: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>API · Lightbulb</title><link rel="stylesheet" href="/api/docs.css"></head>
<body><main><h1>API</h1>
<p>Send an API key with each request, <code>Authorization: Bearer lb_...</code>, or use the cookie of a browser session.
Everything here is also in <a href="openapi.json">openapi.json</a>, after OpenAPI 3.1. <a href="/">To the board</a></p>
"""
_FOOT: Final = "</main></body></html>\n"


def page(description: Mapping[str, Any], routes: Sequence[DeclaredRoute]) -> str:
    """The whole page of an OpenAPI description; `routes` tell which permission each call needs."""
    needs = {(method.lower(), route.path): route.needs or "" for route in routes for method in route.methods}
    calls = defaultdict(list)
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            call = _Call(method, path, operation, needs.get((method, path), ""), description["components"])
            calls[str(operation.get("tags", ["other"])[0])].append(call)
    links = " ".join(f'<a href="#{_anchor(tag)}">{escape(tag)}</a>' for tag in calls)
    sections = "".join(_section(tag, some) for tag, some in calls.items())
    return "".join([_HEAD, f"<nav>{links}</nav>", *_problems(description), sections, _FOOT])


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    path: str
    operation: Mapping[str, Any]
    needs: str
    components: Mapping[str, Any]

    def html(self) -> Iterator[str]:
        yield f"<details><summary><code>{escape(self.method.upper())} /api{escape(self.path)}</code>"
        texts = str(self.operation.get("description", "")).split("\n\n")
        yield f"<span>{_text(texts[0])}</span></summary>"
        yield from (f"<p>{_text(text)}</p>" for text in texts[1:])
        if self.needs:
            yield f"<p>For {_who(self.needs)}.</p>"
        yield from self._parameters()
        yield from self._body()
        yield from self._answers()
        yield "</details>\n"

    def _parameters(self) -> Iterator[str]:
        if rows := self.operation.get("parameters", ()):
            yield "<table><thead><tr><th>parameter<th>in<th>type<th>default<th></tr></thead>"
            for row in rows:
                yield _row(row["name"], row["in"], row.get("schema", {}), row.get("description"), self.components)
            yield "</table>"

    def _body(self) -> Iterator[str]:
        schema = self.operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema")
        if schema is None:
            return
        model = _resolved(schema, self.components)
        yield f"<p>{_text(str(model.get('description', 'The body is JSON.')))}</p>"
        if fields := model.get("properties"):
            yield "<table><thead><tr><th>field<th><th>type<th>default<th></tr></thead>"
            required = frozenset(model.get("required", ()))
            for name, field in fields.items():
                yield _row(name, "required" if name in required else "", field, None, self.components)
            yield "</table>"
        yield _example(schema, self.components)

    def _answers(self) -> Iterator[str]:
        for status, answer in self.operation.get("responses", {}).items():
            answer = _resolved(answer, self.components)
            if not status.startswith(("2", "3")):
                continue
            words = answer.get("description", "").replace("Successful Response", "")
            yield f"<p><b>{escape(status)}</b> {_text(words)}</p>"
            schema = answer.get("content", {}).get(JSON, {}).get("schema")
            if schema:
                yield _example(schema, self.components)


def _section(tag: str, calls: Sequence[_Call]) -> str:
    inner = "".join("".join(call.html()) for call in calls)
    return f'<section><h2 id="{_anchor(tag)}">{escape(tag)}</h2>{inner}</section>'


def _problems(description: Mapping[str, Any]) -> Iterator[str]:
    """What any call may be refused with, told once."""
    answers = description["components"].get("responses", {})
    if not answers:
        return
    yield "<details><summary><b>When a request is refused</b><span>Problem JSON, RFC 9457</span></summary><table>"
    for name, answer in sorted(answers.items()):
        status = name.removeprefix("Problem")
        yield f"<tr><td><b>{escape(status)}</b><td>{_text(answer['description'])}</tr>"
    yield f"</table>{_example({'$ref': '#/components/schemas/Problem'}, description['components'])}</details>"


def _row(name: str, place: str, schema: Schema, text: str | None, components: Mapping[str, Any]) -> str:
    default = "" if schema.get("default") is None else json.dumps(schema["default"])
    words = _text(text or str(schema.get("description", "")))
    kind = escape(_type(schema, components))
    return (
        f"<tr><td><code>{escape(name)}</code><td>{escape(place)}<td>{kind}<td><code>{escape(default)}</code><td>{words}"
        "</tr>"
    )


def _type(schema: Schema, components: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(_type(each, components) for each in schema["anyOf"])
    schema = _resolved(schema, components)
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}), components) or 'anything'}"
    return str(schema.get("type", schema.get("const", "")))


def _example(schema: Schema, components: Mapping[str, Any]) -> str:
    shown = json.dumps(example(schema, components), indent=2, ensure_ascii=False)
    return f"<pre>{escape(shown)}</pre>"


def example(schema: Schema, components: Mapping[str, Any], depth: int = DEPTH) -> Any:
    """A value that the schema allows: its own example where it has one, else made of those of its parts."""
    if schema.get("examples"):
        return schema["examples"][0]
    schema = _resolved(schema, components)
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    for word in ("anyOf", "oneOf", "allOf"):
        if schema.get(word):
            return example(schema[word][0], components, depth)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object" if depth:
            properties = schema.get("properties", {})
            return {name: example(field, components, depth - 1) for name, field in properties.items()}
        case "array" if depth:
            return [example(schema["items"], components, depth - 1)] if schema.get("items") else []
        case "object":
            return {}
        case "array":
            return []
        case "string":
            return ""
        case "integer" | "number":
            return 0
        case "boolean":
            return False
    return None


def _resolved(schema: Schema, components: Mapping[str, Any]) -> Schema:
    """What a `$ref` leads to; anything else stays."""
    if "$ref" not in schema:
        return schema
    _, _, section, name = schema["$ref"].split("/")
    found: Schema = components[section][name]
    return found


def _who(needs: str) -> str:
    return "everybody" if needs == "public" else f"who has the permission <code>{escape(needs)}</code>"


def _text(text: str) -> str:
    """Words with `code` in them."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(" ".join(text.split())))


def _anchor(tag: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", tag.lower())
