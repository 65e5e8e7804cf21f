"""What runs in the browser: small React modules of ours, each linked into the frontend's assets.

They import one another, so all of them are linked, whichever is used.
"""

from pathlib import Path
from typing import Final

import reflex as rx

_MODULES: Final = sorted(path.name for path in Path(__file__).parent.iterdir() if path.suffix in (".js", ".jsx"))
_IMPORTABLE: Final = {name: rx.asset(name, shared=True).importable_path for name in _MODULES}


def module(name: str) -> str:
    """What a component's `library` is to be for the module `name`."""
    return _IMPORTABLE[name]
