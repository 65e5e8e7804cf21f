"""What applying configuration files says: plans, problems, and their JSON, over services with every kind of secret."""

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from monitor_app.domain.slug import first_free, slug
from monitor_app.errors import InvalidInput
from monitor_app.security.permissions import SYSTEM
from monitor_app.state.runtime import Runtime
from monitor_app.use_cases.configuration.drafting import Options
from monitor_app.use_cases.configuration.reading import read_document
from monitor_app.use_cases.configuration.substitution import Substitution, escaped
from tests.secret_ways import VARIANTS, values_of
from tests.servers.certificates import Authority

ADOPT = Options(adopt=True)


async def plans(running: Runtime) -> AsyncIterator[tuple[str, bytes]]:
    """For services that are there and others, with their secrets in the file and from outside."""
    authority = Authority()
    services: dict[str, Any] = {}
    for way in VARIANTS:
        kind, values = values_of(way, 1, authority)
        name = first_free([slug(way), f"{slug(way)}-2"], ())  # as it was given to that on the board
        services[str(name)] = services[f"{name}-too"] = {"kind": kind.name, "status_config": values}
    variables: dict[str, str] = {}
    outside = _outside(services, variables)
    for name, made in (("in the file", _escaped(services)), ("from outside", outside)):
        text = json.dumps({"services": made})
        document = read_document(text, "json", "s.json", substitution=Substitution(variables))
        plan = await running.configuration.plan(SYSTEM, [document], ADOPT)
        assert len(plan.changes) == len(services)
        yield f"plan {name}", "\n".join(plan.lines()).encode()
        yield f"plan {name} as JSON", json.dumps(plan.document()).encode()
    for broken in ("deadline_seconds", "host", "url", "strange"):
        wrong = {
            service_id: values | {"status_config": values["status_config"] | {broken: "${V0}"}}
            for service_id, values in outside.items()
        }
        try:
            document = read_document(
                json.dumps({"services": wrong}), "json", "s.json", substitution=Substitution(variables)
            )
            await running.configuration.plan(SYSTEM, [document], ADOPT)
        except InvalidInput as err:
            yield f"problems with {broken}", f"{err} {err.fields} {err!r}".encode()


def _outside(value: Any, variables: dict[str, str]) -> Any:
    """The same with a variable for each long text."""
    if isinstance(value, Mapping):
        return {name: _outside(inner, variables) for name, inner in value.items()}
    if isinstance(value, str) and len(value) > 20:
        variables[name := f"V{len(variables)}"] = value
        return f"${{{name}}}"
    return value


def _escaped(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _escaped(inner) for name, inner in value.items()}
    return escaped(value) if isinstance(value, str) else value
