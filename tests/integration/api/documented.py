"""Examples in pages of the documentation: commands with curl, and what they are said to be answered.

    ```console
    $ curl -i -H @key https://status.example.org/api/services/shop
    HTTP/1.1 404 Not Found

    {"status": 404, ...}
    ```

`...` in an object stands for more members. Times and ETags are other ones each time.
"""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PLACE = "https://status.example.org"
MORE = "..."
_FENCE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_TAG = re.compile(r'"(r\d+-)?[0-9a-f]+"')


@dataclass
class Example:
    """One command. `status` and `headers` are told only where it says `-i`; else it goes well."""

    command: str
    method: str = ""
    path: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int = 0
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: Any = None


def examples(page: Path) -> Iterator[Example]:
    """All of a page, in its order."""
    for fence in _FENCE.findall(page.read_text("utf-8")):
        for part in re.split(r"^\$ ", fence, flags=re.MULTILINE)[1:]:
            yield _example(part)


def _example(text: str) -> Example:
    command, output = _cut(text)
    found = Example(command)
    words = iter(shlex.split(command.replace("\\\n", " ")))
    assert next(words) == "curl", command
    has_head = False
    for word in words:
        match word:
            case "-i":
                has_head = True
            case "-X":
                found.method = next(words)
            case "-H":
                name, _, value = next(words).partition(":")
                found.headers |= {name: value.strip()} if name != "@key" else {}
            case "--json":
                found.body = next(words).encode()
                found.headers["Content-Type"] = "application/json"
            case _:
                assert word.startswith(f"{PLACE}/"), word
                found.path = word.removeprefix(PLACE)
    found.method = found.method or ("POST" if found.body else "GET")
    if has_head:
        head, _, output = output.partition("\n\n")
        first, *lines = head.splitlines()
        found.status = int(first.split()[1])
        found.answer_headers = dict(line.split(": ", 1) for line in lines)
    # As JSON: what else there may be is a member, too.
    found.answer = json.loads(re.sub(r",\s*\.\.\.(?=\s*})", f', "{MORE}": 0', output)) if output.strip() else None
    return found


def _cut(text: str) -> tuple[str, str]:
    """The command, which ends where its quotes do and no backslash goes on, and the rest."""
    lines = text.splitlines(keepends=True)
    for number in range(1, len(lines) + 1):
        command = "".join(lines[:number])
        try:
            shlex.split(command)
        except ValueError:
            continue
        if not command.rstrip().endswith("\\"):
            return command, "".join(lines[number:])
    raise ValueError(f"no end of the command: {text}")


def differences(documented: Any, answered: Any, place: str = "") -> Iterator[str]:
    """Where an answer is not as it is documented."""
    if isinstance(documented, dict) and isinstance(answered, dict):
        has_more = MORE in documented
        told = {name: value for name, value in documented.items() if name != MORE}
        if missing := told.keys() - answered.keys():
            yield f"{place}: {sorted(missing)} are not answered"
        if not has_more and (more := answered.keys() - told.keys()):
            yield f"{place}: {sorted(more)} are not documented"
        for name in told.keys() & answered.keys():
            yield from differences(told[name], answered[name], f"{place}.{name}")
    elif isinstance(documented, list) and isinstance(answered, list) and len(documented) == len(answered):
        for number, (one, other) in enumerate(zip(documented, answered, strict=True)):
            yield from differences(one, other, f"{place}[{number}]")
    elif not _is_alike(documented, answered):
        yield f"{place}: documented {documented!r}, answered {answered!r}"


def _is_alike(documented: Any, answered: Any) -> bool:
    if isinstance(documented, str) and isinstance(answered, str):
        for form in (_TIME, _TAG):
            if form.fullmatch(documented):
                return form.fullmatch(answered) is not None
    return bool(documented == answered)
