"""Routes of configuration as code."""

from typing import Final

from monitor_app.security.permissions import CONFIG_APPLY, SERVICE_WRITE
from tests.integration.access.routes import Call, Caller, Row, always, plain
from tests.integration.access.stage import Stage


async def file(stage: Stage, caller: Caller) -> Call:
    """With one service that there is not."""
    name = stage.new_name("made").replace("_", "-").lower()
    text = f"services:\n  {name}:\n    status_config: {{url: http://127.0.0.1:1/}}\n"
    return Call({"text": text, "format": "yaml", "name": f"{name}.yaml"})


ROUTES: Final = (
    Row("POST", "/api/configuration/plan", CONFIG_APPLY, file, is_forgiving=True),
    Row("POST", "/api/configuration/apply", CONFIG_APPLY, file, always, is_forgiving=True),
    Row("GET", "/api/configuration/drift", SERVICE_WRITE, plain),
)
