"""Running a probe once without saving anything: "Test now", pasted addresses, and the command line."""

import asyncio
import secrets
from collections.abc import Mapping
from typing import Any

from monitor_app.domain.result import ProbeResult
from monitor_app.domain.status import Status
from monitor_app.errors import Busy
from monitor_app.log import check_id, get_logger
from monitor_app.plugins.protocols import CheckConfig, Facts, ProbeContext
from monitor_app.plugins.registry import Kind, KindRegistry
from monitor_app.security.permissions import CHECK_RUN, Identity
from monitor_app.use_cases.service_input import parse_config

PROBES_AT_ONCE = 20
# Each may take its whole deadline, so nobody waits behind more than these.
TESTS_LIMIT = 100
# A probe keeps to its own deadline and can tell in which phase time ran out; this is the belt to those braces.
GRACE_SECONDS = 1.0

logger = get_logger(__name__)


class Probing:
    """Runs probes for people. At most `at_once` of them run; the others wait for their turn."""

    def __init__(
        self, network: Any, registry: KindRegistry, *, facts: Facts | None = None, at_once: int = PROBES_AT_ONCE
    ) -> None:
        self._facts = facts
        self._network = network
        self._registry = registry
        self._slots = asyncio.Semaphore(at_once)
        self._tests = 0

    async def test(
        self, identity: Identity, kind_name: str, values: Mapping[str, Any], before: Mapping[str, Any] | None = None
    ) -> ProbeResult:
        """Probe once with the values of a form, and return what was found, phases included.

        `before` is the config that is being changed, whose secrets the form only shows as a mask. Raises InvalidInput
        with a message for each wrong field, and Busy when too many wait for their turn already.
        """
        identity.require(CHECK_RUN)
        config = parse_config(self._registry, kind_name, values, before)
        if self._tests >= TESTS_LIMIT:
            raise Busy("too many checks are being tried already: try again in a moment")
        self._tests += 1
        try:
            return await self.run(self._registry[kind_name], config)
        finally:
            self._tests -= 1

    async def best_of(self, guesses: list[tuple[Kind, CheckConfig]]) -> tuple[Kind, CheckConfig, ProbeResult]:
        """Try guesses in order until one answers OK; else the best of them, the earlier one where they are alike."""
        best: tuple[Kind, CheckConfig, ProbeResult] | None = None
        for kind, config in guesses:
            result = await self.run(kind, config)
            if best is None or _rank(result) < _rank(best[2]):
                best = (kind, config, result)
            if result.status is Status.OK:
                break
        assert best is not None, "guesses are never empty"
        return best

    async def run(self, kind: Kind, config: CheckConfig) -> ProbeResult:
        """One probe, bounded by its deadline. A bug in it says nothing of the target: logged, and told as UNKNOWN."""
        async with self._slots:
            token = check_id.set(f"test-{secrets.token_hex(4)}")
            try:
                context = ProbeContext(self._network, check_id.get(), facts=self._facts)
                async with asyncio.timeout(config.deadline_seconds + GRACE_SECONDS):
                    return await kind.probe(context, config)
            except TimeoutError:
                # It keeps its deadline itself; past the grace time it was this program that did not keep up.
                text = f"the check did not end within {config.deadline_seconds + GRACE_SECONDS:g} s and was cut off"
                return ProbeResult(Status.UNKNOWN, text)
            except Exception as err:
                logger.exception("a probe broke", kind=kind.name, target=config.target)
                return ProbeResult(Status.UNKNOWN, f"the check itself broke: {type(err).__name__}; the log tells more")
            finally:
                check_id.reset(token)


def _rank(result: ProbeResult) -> tuple[int, bool]:
    """Lower is better: OK, then DEGRADED, then a failure that was answered, then one that was not."""
    order = {Status.OK: 0, Status.DEGRADED: 1, Status.FAILED: 2}.get(result.status, 3)
    return order, result.response_ms is None
