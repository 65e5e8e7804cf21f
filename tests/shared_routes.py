"""FastAPI makes every route of an included router anew for each app: a third of a second, for each test of the API.

Our routers are the same in each app, so what was made of a route for one app does for all. What differs between apps,
their settings, limits and handlers of errors, is no part of it. Programs that tests start make their own.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import routing


@pytest.fixture(scope="session", autouse=True)
def shared_routes() -> Iterator[None]:
    """In this process each route is made once."""
    make = routing._IncludedRouter._build_effective_context
    made: dict[int, list[tuple[Any, Any, Any]]] = {}  # with the route itself: its id belongs to it for good

    def kept(included: Any, route: Any) -> Any:
        asked = replace(included.include_context, dependency_overrides_provider=None)  # nobody overrides any here
        for _, context, found in made.setdefault(id(route), []):
            if context == asked:
                return found
        found = make(included, route)
        made[id(route)].append((route, asked, found))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routing._IncludedRouter, "_build_effective_context", kept)
        yield
