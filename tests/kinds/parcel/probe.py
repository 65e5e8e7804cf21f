"""What a parcel check finds is told by the parcel's name."""

import asyncio

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.plugins.protocols import ProbeContext
from tests.kinds.parcel.config import Config


async def probe(context: ProbeContext, config: Config) -> ProbeResult:
    """`lost…` fails, `found…` answers that it fails, `stuck…` never ends, `cursed…` has a bug, all others arrive.

    The context's `network` counts those under way.
    """
    counter = context.network
    counter.enter()
    try:
        await asyncio.sleep(0)
        if config.name.startswith("stuck"):
            await asyncio.Event().wait()
        if config.name.startswith("cursed"):
            raise RuntimeError("a bug")
        if config.name.startswith("lost"):
            return ProbeResult.failed(f"{config.name} is lost")
        if config.name.startswith("found"):
            return ProbeResult.failed(f"{config.name} was opened", response_ms=1.0)
        return ProbeResult(Status.OK, f"{config.name} arrived", 1.0, {"total": 1.0})
    finally:
        counter.leave()
