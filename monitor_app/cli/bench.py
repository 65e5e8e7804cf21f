"""`python -m monitor_app bench NAME [--json]`: measure this machine; docs/benchmarks.md tells what the numbers mean."""

import argparse

from monitor_app.bench.runner import main


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything is handed on: each benchmark has its own options."""
    parser.prefix_chars = "\0"
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="NAME and its options; without, the list")


def run(args: argparse.Namespace) -> int:
    """Run one benchmark."""
    return main(args.arguments)
