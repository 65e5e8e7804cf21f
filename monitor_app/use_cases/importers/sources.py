"""The programs whose files can be imported, by the names that people give."""

from pathlib import Path
from typing import Final, Literal

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.use_cases.importers.blackbox.targets import read_blackbox
from monitor_app.use_cases.importers.gatus.endpoints import read_gatus
from monitor_app.use_cases.importers.taking import Found
from monitor_app.use_cases.importers.uptime_kuma.monitors import read_kuma, read_kuma_path
from monitor_app.use_cases.portable.files import content_of

Importer = Literal["uptime-kuma", "gatus", "blackbox"]
IMPORTERS: Final = ("uptime-kuma", "gatus", "blackbox")


def read_path(importer: Importer, path: Path, registry: KindRegistry, modules: Path | None = None) -> Found:
    """A file of this machine; in a thread. Raises InvalidInput."""
    if importer == "uptime-kuma":
        return read_kuma_path(path, registry)
    more = content_of(modules) if modules is not None else None
    return read_sent(importer, content_of(path), path.name, registry, more)


def read_sent(
    importer: Importer, data: bytes, name: str, registry: KindRegistry, modules: bytes | None = None
) -> Found:
    """The same that was sent; `modules` is for blackbox only. Raises InvalidInput."""
    if modules is not None and importer != "blackbox":
        raise InvalidInput({"modules": f"is for blackbox only, not for {importer}"})
    match importer:
        case "uptime-kuma":
            return read_kuma(data, name, registry)
        case "gatus":
            return read_gatus(data, name, registry)
        case "blackbox":
            return read_blackbox(data, name, registry, modules)
