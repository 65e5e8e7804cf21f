"""Export and import."""

from typing import Any, Final

from monitor_app.security.permissions import CONFIG_APPLY, CONFIG_EXPORT, SECRET_EXPORT
from tests.integration.access.routes import Call, Caller, Row, always, plain
from tests.integration.access.stage import Stage


async def with_secrets(stage: Stage, caller: Caller) -> Call:
    """An export that is encrypted."""
    return Call({"passphrase": "quiet harbour anvil", "format": "json"})


async def selection(stage: Stage, caller: Caller) -> Call:
    """An export of what there is once."""
    return Call({"service_ids": [stage.service_id(1)], "format": "yaml"})


async def file(stage: Stage, caller: Caller) -> Call:
    """One service that nobody has."""
    name = stage.new_name("brought")
    return Call({"text": f"services: {{{name}: {{status_config: {{url: 'http://127.0.0.1:1/'}}}}}}", "format": "yaml"})


async def targets(stage: Stage, caller: Caller) -> Call:
    """A target that nobody watches."""
    body: dict[str, Any] = {"text": f'[{{"targets": ["http://{stage.new_name("target")}.example/"]}}]'}
    return Call(body, path="/api/import/blackbox")


ROUTES: Final = (
    Row("GET", "/api/export", CONFIG_EXPORT, plain),
    # It is told, as a secret that somebody takes away.
    Row("POST", "/api/export", SECRET_EXPORT, with_secrets, always, is_forgiving=True),
    Row("POST", "/api/export/selection", CONFIG_EXPORT, selection, is_forgiving=True),
    Row("POST", "/api/import", CONFIG_APPLY, file, always, is_forgiving=True),
    Row("POST", "/api/import/{importer}", CONFIG_APPLY, targets, always, is_forgiving=True),
)
