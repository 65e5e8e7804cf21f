"""What runs in the browser: small React modules of ours, each linked into the frontend's assets.

They import one another, so all of them are linked, whichever is used.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import reflex as rx

_MODULES: Final = sorted(path.name for path in Path(__file__).parent.iterdir() if path.suffix in (".js", ".jsx"))


def _linked(name: str) -> str:
    """How other modules import it."""
    path: str = rx.asset(name, shared=True).importable_path
    return path


# Reflex looks at all callers of `asset`. An import has dozens, which takes two seconds in all; a thread has few.
with ThreadPoolExecutor(1) as _pool:
    _IMPORTABLE: Final = dict(zip(_MODULES, _pool.map(_linked, _MODULES), strict=True))


def module(name: str) -> str:
    """What a component's `library` is to be for the module `name`."""
    return _IMPORTABLE[name]
