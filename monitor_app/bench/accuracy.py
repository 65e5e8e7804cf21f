"""How far the measured response times are from the truth, beside stock httpx.

1000 checks are released at once against a server that answers 50 ms after the request arrived; a new connection each.
`error_ms` is the response time our probe measured minus the true time the server tells for that very request (from the
kernel's stamps; over TLS with its share of the handshake). `plain_error_ms` is the same against 50 ms, so the server's
own lateness is in it. `stock_error_ms` is a stock httpx client doing the same with a clock around the call.
`tls_error_ms` is the probe over TLS. `busy_error_ms` is the probe at 400 checks/s while something else on the same
event loop takes it for 25 ms, leaves it for 25 ms, and so on, as a program does that has other work.
"""

import argparse
import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any

import httpx
import uvloop

from monitor_app.bench.spread import spread
from monitor_app.bench.targets import Targets, running_targets
from monitor_app.net import Network
from monitor_app.plugins.protocols import CheckConfig, ProbeContext
from monitor_app.plugins.registry import KindRegistry

BUSY_SECONDS, IDLE_SECONDS = 0.025, 0.025
DEADLINE_SECONDS = 60.0

# Takes a URL, returns the milliseconds that were measured.
Measure = Callable[[str], Coroutine[Any, Any, float]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this benchmark."""
    parser.add_argument("--checks", type=int, default=1000, help="released at once (default 1000)")
    parser.add_argument("--answer-ms", type=float, default=50.0, help="what the server takes (default 50)")
    parser.add_argument("--rate", type=float, default=400.0, help="checks per second on the busy loop (default 400)")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long that lasts (default 5)")


def run(args: argparse.Namespace) -> dict[str, Any]:
    """All figures in ms: measured minus true; negative means too short."""
    with running_targets() as targets:
        return uvloop.run(_run(args, targets))


async def _run(args: argparse.Namespace, targets: Targets) -> dict[str, Any]:
    network = Network(ca_file=targets.ca_file)
    probe = _probe(network)
    path = f"/after/{args.answer_ms:g}?id="
    urls = [targets.url(f"{path}{number}") for number in range(args.checks)]
    tls_urls = [targets.tls_url(f"{path}{number}") for number in range(args.checks)]
    await _at_once(probe, [urls[0], tls_urls[0]])  # imports and settings that are made once
    await asyncio.to_thread(targets.true_ms)

    stock, _ = await _stock(urls)
    stock_truth = await asyncio.to_thread(targets.true_ms)
    plain, cpu_ms = await _at_once(probe, urls)
    plain_truth = await asyncio.to_thread(targets.true_ms)
    tls, tls_cpu_ms = await _at_once(probe, tls_urls)
    tls_truth = await asyncio.to_thread(targets.true_ms)
    busy = await _while_busy(probe, targets, path, args)
    busy_truth = await asyncio.to_thread(targets.true_ms)
    await network.close()
    return {
        "checks": args.checks,
        "answer_ms": args.answer_ms,
        "error_ms": _errors(plain, plain_truth),
        "plain_error_ms": spread(measured - args.answer_ms for measured in plain),
        "stock_error_ms": _errors(stock, stock_truth),
        "tls_error_ms": _errors(tls, tls_truth),
        "busy_error_ms": _errors(busy, busy_truth),
        "cpu_ms_per_check": round(cpu_ms, 3),
        "tls_cpu_ms_per_check": round(tls_cpu_ms, 3),
    }


def _errors(measured: list[float], truth: dict[str, float]) -> dict[str, float]:
    return spread(value - truth[str(number)] for number, value in enumerate(measured))


def _probe(network: Network) -> Measure:
    kind = KindRegistry()["http"]
    context = ProbeContext(network)

    @cache  # the engine, too, parses a config once and not for each check
    def config(url: str) -> CheckConfig:
        return kind.parse({"url": url, "deadline_seconds": DEADLINE_SECONDS})

    async def measure(url: str) -> float:
        result = await kind.probe(context, config(url))
        assert result.response_ms is not None, result.message
        return result.response_ms

    return measure


async def _stock(urls: list[str]) -> tuple[list[float], float]:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits, timeout=DEADLINE_SECONDS, trust_env=False) as client:

        async def measure(url: str) -> float:
            started_at = time.perf_counter()
            await client.get(url)
            return (time.perf_counter() - started_at) * 1000

        return await _at_once(measure, urls)


async def _at_once(measure: Measure, urls: list[str]) -> tuple[list[float], float]:
    """The times, and the CPU milliseconds of this process per check."""
    started = time.process_time()
    measured = await asyncio.gather(*(measure(url) for url in urls))
    return list(measured), (time.process_time() - started) * 1000 / len(urls)


async def _while_busy(probe: Measure, targets: Targets, path: str, args: argparse.Namespace) -> list[float]:
    load = asyncio.create_task(_keep_busy())
    started_at = time.perf_counter()
    checks = []
    for number in range(int(args.rate * args.seconds)):
        await asyncio.sleep(max(0.0, started_at + number / args.rate - time.perf_counter()))
        checks.append(asyncio.create_task(probe(targets.url(f"{path}{number}"))))
    measured = await asyncio.gather(*checks)
    load.cancel()
    return list(measured)


async def _keep_busy() -> None:
    while True:
        until = time.perf_counter() + BUSY_SECONDS
        while time.perf_counter() < until:
            pass
        await asyncio.sleep(IDLE_SECONDS)
