"""Reads a Consul datacentre whole, in two calls and one a node; and waits for changes between polls.

Why these calls: docs/adr/0014-consul-by-node.md.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Final
from urllib.parse import quote

from monitor_app.domain.source import Reading
from monitor_app.errors import LightbulbError
from monitor_app.net.failures import BadAnswer
from monitor_app.plugins.source_kinds import SourceContext
from monitor_app.redact import masker
from monitor_app.sources.consul.catalogue import Catalogue, intentions, node_names
from monitor_app.sources.consul.client import Client, Refused
from monitor_app.sources.consul.config import Config

NODES_LIMIT: Final = 2000
CALLS_AT_ONCE: Final = 8
# Who may call whom changes seldom: asked with each so many polls.
INTENTIONS_EVERY: Final = 10
WAIT_SECONDS: Final = 55
FILTERED: Final = "Consul says that it does not show everything to this token"
SILENT_NODE: Final = "a node that is there told nothing of its services"
# What changes with each heartbeat of Consul must not make a poll each.
_WATCHED: Final = ("/v1/health/state/any", "/v1/catalog/services")
_POLLS: Final = "polls"
_INTENTIONS: Final = "intentions"


async def poll(context: SourceContext, config: Config) -> Reading:
    """Everything that Consul shows us. Raises NetworkFailure and OutboundRefused."""
    client = Client(context.network, config)
    async with asyncio.TaskGroup() as group:
        checks_task = group.create_task(_quietly(client.get("/v1/health/state/any")))
        nodes_task = group.create_task(_quietly(client.get("/v1/catalog/nodes")))
    checks, nodes = _found(checks_task.result()), _found(nodes_task.result())
    names, datacentre = node_names(nodes.document)
    if len(names) > NODES_LIMIT:
        raise BadAnswer(f"there are {len(names)} nodes, more than the {NODES_LIMIT} that are read")
    catalogue = Catalogue(config.repeatable_secrets)
    await asyncio.to_thread(catalogue.add_checks, checks.document)
    is_filtered, is_whole = checks.is_filtered or nodes.is_filtered, True
    for answer in await _nodes(client, names):
        is_filtered = is_filtered or answer.is_filtered
        is_whole = is_whole and answer.document is not None
        catalogue.add_node(answer.document)
    catalogue.calls = await _calls(client, context.memory, config)
    services = await asyncio.to_thread(catalogue.services)
    facts: dict[str, Any] = {"datacentre": config.datacentre or datacentre, "nodes": len(names)}
    if is_filtered:
        facts["is_filtered"] = True
    if catalogue.left_out:
        facts["left_out"] = catalogue.left_out
    hidden = FILTERED if is_filtered else ("" if is_whole else SILENT_NODE)
    return Reading(services, facts, hidden)


async def watch(context: SourceContext, config: Config) -> AsyncIterator[None]:
    """Blocking queries on all checks and on the list of services; ends where Consul tells no index.

    Raises NetworkFailure and OutboundRefused.
    """
    if not config.watch_changes:
        return
    client = Client(context.network, config)
    changes: asyncio.Queue[LightbulbError | bool] = asyncio.Queue()
    tasks = [asyncio.create_task(_follow(client, path, changes)) for path in _WATCHED]
    try:
        while True:
            told = await changes.get()
            if isinstance(told, LightbulbError):
                raise told
            if not told:
                return
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _follow(client: Client, path: str, changes: "asyncio.Queue[LightbulbError | bool]") -> None:
    """Puts True for each change, False when this cannot be waited for, the error when it fails."""
    try:
        index = await client.wait(path, 0, WAIT_SECONDS)
        while index:
            following = await client.wait(path, index, WAIT_SECONDS)
            if following != index:
                changes.put_nowait(True)
            # Going backwards means that Consul began anew: so do we (its documentation on blocking queries).
            index = following if following >= index else await client.wait(path, 0, WAIT_SECONDS)
        changes.put_nowait(False)
    except LightbulbError as err:
        changes.put_nowait(err)


async def _nodes(client: Client, names: list[str]) -> list[Any]:
    """The services of each node, a few at a time."""
    slots = asyncio.Semaphore(CALLS_AT_ONCE)

    async def of(name: str) -> Any:
        async with slots:
            return await _quietly(client.get(f"/v1/catalog/node/{quote(name, safe='')}"))

    return [_found(answer) for answer in await asyncio.gather(*map(of, names))]


async def _calls(client: Client, memory: dict[str, Any], config: Config) -> dict[str, list[str]]:
    """Whom each service may call; nothing where Connect is off or the token may not see it."""
    polls = memory.get(_POLLS, 0)
    memory[_POLLS] = polls + 1
    if polls % INTENTIONS_EVERY == 0:
        memory[_INTENTIONS] = {}
        with suppress(Refused, BadAnswer):
            answer = await client.get("/v1/connect/intentions")
            for source, target in intentions(answer.document, masker(config.repeatable_secrets)):
                memory[_INTENTIONS].setdefault(source, []).append(target)
    found: dict[str, list[str]] = memory[_INTENTIONS]
    return found


async def _quietly(asking: Any) -> Any:
    """An error as a value: a group of tasks would wrap it, and cancel the others half-way."""
    try:
        return await asking
    except LightbulbError as err:
        return err


def _found(answer: Any) -> Any:
    if isinstance(answer, LightbulbError):
        raise answer
    return answer
