"""Finds configuration files and their overlays, and reads them. All of it is work for a thread."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from dotenv import dotenv_values

from monitor_app.errors import InvalidInput
from monitor_app.redact import is_secret_name
from monitor_app.security.placed import FILE, Format
from monitor_app.settings import Settings
from monitor_app.settings.values import SECRETS
from monitor_app.use_cases.configuration.document import ConfigFileError, Document, Place, Problem
from monitor_app.use_cases.configuration.reading import Source, read_document
from monitor_app.use_cases.configuration.substitution import Substitution

SUFFIXES: Final[Mapping[str, Format]] = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
NAME_LIMIT: Final = 200
FILES_LIMIT: Final = 1000
# What opens this program's own doors has no place in a file that others may write.
OWN_SECRETS: Final = frozenset(
    {"DATABASE_URL", "REDIS_URL"}
    | {name.upper() for name in Settings.model_fields if is_secret_name(name) or name in SECRETS}
)
Stamps = tuple[tuple[str, int, int, int], ...]
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_-]{0,40}")


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file and the overlay of the present environment. `name` is what its objects are marked by."""

    path: Path
    name: str
    overlay: Path | None = None


def find_files(place: Path, environment: str = "", *, folder: str = "") -> list[ConfigFile]:
    """The file itself, or all of a directory in the order of their names; overlays belong to their files.

    `services.prod.yaml` is the overlay of `services.yaml` in the environment `prod`. Files of a directory, or of
    `folder`, are marked by its name, too: `conf.d/services.yaml`. Raises InvalidInput.
    """
    if not _ENVIRONMENT.fullmatch(environment):
        text = "must be at most 40 letters, digits, hyphens and underscores"
        raise InvalidInput({"env": f"{text}, got {environment[:60]!r}"})
    try:
        if place.is_dir():
            folder = folder or folder_name(place)
            paths = sorted(path for path in place.iterdir() if _is_config(path))
        elif place.suffix.lower() in SUFFIXES and place.is_file():
            paths = [place]
        else:
            _refuse(place, "does not exist" if not place.exists() else f"must end with {', '.join(SUFFIXES)}")
    except OSError as err:
        _refuse(place, f"cannot be read: {(err.strerror or str(err)).lower()}")
    if len(paths) > FILES_LIMIT:
        _refuse(place, f"must hold at most {FILES_LIMIT} files, holds {len(paths)}")
    bases = [path for path in paths if not place.is_dir() or not _is_overlay(path, paths)]
    return [ConfigFile(path, _name(path, folder), _overlay(path, environment)) for path in bases]


def folder_name(place: Path) -> str:
    """What the objects of its files are marked by, besides their names: of a link its own, wherever it leads now."""
    absolute = place.absolute()
    return place.resolve().name if ".." in absolute.parts else absolute.name


def read_files(files: Sequence[ConfigFile], substitution: Substitution) -> list[Document]:
    """What they say. Raises ConfigFileError with all that is wrong in any of them."""
    documents: list[Document] = []
    problems: list[Problem] = []
    for file in files:
        try:
            overlay = None if file.overlay is None else _source(file.overlay, file.overlay.name)
            base = _source(file.path, file.name)
            documents.append(
                read_document(base.text, base.format, file.name, overlay=overlay, substitution=substitution)
            )
        except ConfigFileError as err:
            problems += err.problems
    if problems:
        raise ConfigFileError(problems)
    return documents


def substitution_for(settings: Settings, folder: Path) -> Substitution:
    """The variables of this process and of `.env`, and files, whose relative paths begin in `folder`.

    Neither what opens the database nor what opens the secrets in it.
    """
    env_file = Settings.model_config.get("env_file")
    from_file = dotenv_values(env_file, encoding="utf-8") if isinstance(env_file, Path) and env_file.is_file() else {}
    variables = {name: value for name, value in {**from_file, **os.environ}.items() if value is not None}
    # The settings are read whichever case their names have.
    allowed = {name: value for name, value in variables.items() if name.upper() not in OWN_SECRETS}
    own_files = (settings.secret_key_file, settings.tls_key, settings.sqlite_db_path, env_file)
    return Substitution(allowed, folder, tuple(path for path in own_files if isinstance(path, Path)))


def stamps(paths: Iterable[Path]) -> Stamps:
    """Another one whenever the content of a file may have changed, also by a link that leads elsewhere now."""
    found: list[tuple[str, int, int, int]] = []
    for path in paths:
        try:
            stat = path.stat()
            found.append((str(path), stat.st_ino, stat.st_mtime_ns, stat.st_size))
        except OSError:
            found.append((str(path), 0, 0, -1))
    return tuple(found)


def _source(path: Path, name: str) -> Source:
    try:
        with path.open("rb") as file:
            text = file.read(FILE.size_bytes + 1)  # one more is told as too large
    except OSError as err:
        _refuse(path, f"cannot be read: {(err.strerror or str(err)).lower()}")
    return Source(name, text, SUFFIXES[path.suffix.lower()])


def _is_config(path: Path) -> bool:
    """Editors and Kubernetes keep what is not to be read under names that begin with a dot."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()


def _is_overlay(path: Path, paths: Sequence[Path]) -> bool:
    base = Path(path.stem)
    return bool(base.suffix) and any(other.stem == base.stem and other != path for other in paths)


def _overlay(path: Path, environment: str) -> Path | None:
    if not environment:
        return None
    found = (path.with_name(f"{path.stem}.{environment}{suffix}") for suffix in SUFFIXES)
    return next((overlay for overlay in found if overlay.is_file()), None)


def _name(path: Path, folder: str) -> str:
    name = f"{folder}/{path.name}" if folder else path.name
    if len(name) > NAME_LIMIT or not name.isprintable():
        _refuse(path, f"must have a name of at most {NAME_LIMIT} characters that can be printed")
    return name


def _refuse(path: Path, text: str) -> NoReturn:
    raise ConfigFileError([Problem(Place(path.name if path.name.isprintable() else repr(path.name)), "", text)])
