"""What nobody would send by accident: wrong types, huge, nested, missing, and more than was asked for."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

# Names that a careless handler would take over into a row.
EXTRA: Final[Mapping[str, Any]] = {
    "id": 1,
    "pk": 1,
    "role": "admin",
    "is_admin": True,
    "account_pk": 1,
    "owner": "first",
}


def nested(depth: int) -> Any:
    """Objects in objects."""
    inner: Any = 1
    for _ in range(depth):
        inner = {"a": inner}
    return inner


VALUES: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    0,
    1.5,
    10**400,
    -(2**63) - 1,
    float("nan"),
    float("inf"),
    "",
    " ",
    "\x00\ud800",
    "x" * 100_000,
    "1 OR 1=1",
    "../../etc/passwd",
    "{{7*7}}",
    [],
    ["x"] * 1000,
    [[[1]]],
    {},
    nested(500),
    dict(EXTRA),
)


def absurd(good: Mapping[str, Any], turn: int = 0, turns: int = 1) -> Iterator[tuple[str, dict[str, Any]]]:
    """Arguments, each with what is absurd about them. Of the values each of several `turns` sends its share."""
    for name, value in EXTRA.items():
        if name not in good:
            yield f"with {name}", dict(good) | {name: value}
    for name in good:
        yield f"without {name}", {key: value for key, value in good.items() if key != name}
    for number, name in enumerate(good):
        for value in VALUES[(turn + number) % turns :: turns]:
            is_form = isinstance(value, dict) and isinstance(good[name], dict)
            if not is_form and not _is_same(value, good[name]):
                yield f"{name}={_short(value)}", dict(good) | {name: value}


def absurd_fields(form: Mapping[str, Any], turn: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same for a form, some of which may be as good as what was there.

    Each field gets a third of the values, by `turn` another one.
    """
    yield "no fields", {}
    yield "nested", nested(500)
    yield "more fields", dict(form) | EXTRA | {"__class__": "x", "": "", "service_id": "x", "enabled": "no"}
    yield "1000 fields", dict(form) | {f"field{number}": "x" for number in range(1000)}
    for number, name in enumerate(form):
        yield f"form without {name}", {key: value for key, value in form.items() if key != name}
        for value in VALUES[(turn + number) % 3 :: 3]:
            yield f"form.{name}={_short(value)}", dict(form) | {name: value}


def _is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _short(value: Any) -> str:
    try:
        return f"{type(value).__name__} {value!r:.30}"
    except (ValueError, RecursionError):
        return type(value).__name__
