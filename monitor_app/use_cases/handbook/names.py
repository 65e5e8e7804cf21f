"""What the pages of docs/ are called in addresses: `kinds/http.md` is `kinds-http`, `kinds/README.md` is `kinds`."""

import posixpath
from typing import Final

ENDING: Final = ".md"
CONTENTS: Final = "README"


def name_of(path: str) -> str:
    """The name of the page with this path inside docs/."""
    folder, _, file = path.removesuffix(ENDING).rpartition("/")
    parts = folder.split("/") if folder else []
    return "-".join(parts if file == CONTENTS and parts else [*parts, file])


def target_of(page: str, link: str) -> tuple[str, str]:
    """Where a link on a page leads: a path inside docs/ ("" for what lies elsewhere), and the part after the #."""
    path, _, anchor = link.partition("#")
    if not path:
        return page, anchor
    found = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
    return ("" if found.startswith("..") else found), anchor
