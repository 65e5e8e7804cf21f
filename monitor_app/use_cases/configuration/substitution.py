"""Puts values into texts of a file that stand outside of it: `${NAME}`, `${NAME:-default}` and `${file:/path}`.

`$$` is a plain `$`; one before anything else than `$` or `{` stays as it is, so most patterns need no care.
"""

import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

FILE_LIMIT_BYTES: Final = 65_536

_PART = re.compile(r"\$\$|\$\{([^}]*)(\}?)")
_TO_ESCAPE = re.compile(r"\$(?=[${])")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FILE = "file:"
_DEFAULT = ":-"
_FORMS = "must be ${NAME}, ${NAME:-default} or ${file:/path}; write $${ for a plain ${"
_REFUSED = "must not hold ${...}: only files on the server itself may use its variables; write $${ for a plain ${"


@dataclass(frozen=True, slots=True)
class Substituted:
    """A text with its values put in, and those values: nobody is shown them."""

    text: str
    values: tuple[str, ...] = ()


@dataclass
class Substitution:
    """Where values come from: variables, and files, whose relative paths begin in `folder`; `own_files` are not read.

    Reads files, so it is to be used in a thread.
    """

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    folder: Path = Path()
    own_files: Sequence[Path] = ()
    _files: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def used_files(self) -> list[Path]:
        """The files that values came from."""
        return [self.folder / path for path in self._files]

    def value(self, expression: str) -> str:
        """What `${expression}` stands for. Raises ValueError in words, without what was read."""
        if expression.startswith(_FILE):
            path = expression.removeprefix(_FILE).strip()
            if path not in self._files:
                self._files[path] = _read(self.folder / path, path, self.own_files)
            return self._files[path]
        name, has_default, default = expression.partition(_DEFAULT)
        if not _NAME.fullmatch(name):
            raise ValueError(_FORMS)
        found = self.variables.get(name)
        if found is None or (has_default and not found):
            if not has_default:
                raise ValueError(f"needs the variable {name}, which is not set: set it, or write ${{{name}:-default}}")
            return default
        if "\0" in found or not _is_whole(found):
            raise ValueError(f"needs the variable {name} as text, it holds other bytes")
        return found


def substituted(text: str, substitution: Substitution | None) -> Substituted:
    """The text with all values put in. Without a substitution none is allowed. Raises ValueError in words."""
    if "$" not in text:
        return Substituted(text)
    values: list[str] = []

    def one(part: re.Match[str]) -> str:
        if part[0] == "$$":
            return "$"
        if substitution is None:
            raise ValueError(_REFUSED)
        if not part[2]:
            raise ValueError(_FORMS)
        values.append(substitution.value(part[1]))
        return values[-1]

    replaced = _PART.sub(one, text)
    return Substituted(replaced, tuple(values))


def escaped(text: str) -> str:
    """A text as a file has to hold it so that it comes out the same."""
    return _TO_ESCAPE.sub("$$", text)


def _read(path: Path, shown: str, own_files: Sequence[Path]) -> str:
    if not shown:
        raise ValueError(_FORMS)
    try:
        # Without waiting for somebody at the other end, should it be a pipe.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            found = os.fstat(file.fileno())
            if any(own.exists() and os.path.samestat(own.stat(), found) for own in own_files):
                raise ValueError(f"must not use {shown}, which is Lightbulb's own")
            if not stat.S_ISREG(found.st_mode):
                raise ValueError(f"needs the file {shown}, which is no plain file")
            raw = file.read(FILE_LIMIT_BYTES + 1)
    except OSError as err:
        raise ValueError(f"needs the file {shown}: {(err.strerror or str(err)).lower()}") from err
    if len(raw) > FILE_LIMIT_BYTES:
        raise ValueError(f"needs the file {shown} with at most {FILE_LIMIT_BYTES // 1024} KiB, it is larger")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise ValueError(f"needs the file {shown} in UTF-8, it is not") from err
    if "\0" in text:
        raise ValueError(f"needs the file {shown} as text, it holds NUL characters")
    return text.removesuffix("\n").removesuffix("\r")


def _is_whole(text: str) -> bool:
    """Whether it is all characters; the environment gives odd bytes as halves of them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
