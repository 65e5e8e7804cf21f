"""`bench NAME [options] [--json]`: runs one benchmark and prints what it measured.

A benchmark is a module of this package that defines `add_arguments(parser)` and `run(args) -> dict`; it is found by
scanning, and imported only when it is run.
"""

import argparse
import ast
import importlib
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def main(argv: Sequence[str]) -> int:
    """Returns the exit code: 0 after a run, 2 when there is no benchmark of that name."""
    known = benchmarks()
    name = argv[0].replace("_", "-") if argv else ""
    if name not in known:
        listed = "\n".join(f"  {name:<16}{text}" for name, text in known.items())
        print(f"bench NAME [options] [--json], where NAME is one of\n{listed}")
        return 2
    module = importlib.import_module(f"{__package__}.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(
        prog=f"bench {name}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    module.add_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    args = parser.parse_args(argv[1:])
    figures = module.run(args)
    print(json.dumps(figures) if args.json else f"{machine()}\n\n{table(figures)}")
    return 0


def benchmarks() -> dict[str, str]:
    """Each benchmark's name, as one types it, with the first line of its docstring."""
    found = {}
    for path in sorted(FOLDER.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        if {"add_arguments", "run"} <= functions:
            found[path.stem.replace("_", "-")] = (ast.get_docstring(tree) or "").partition("\n")[0]
    return found


def machine() -> str:
    """What the figures were measured on."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, load {load}, {system}"


def table(figures: dict[str, Any], indent: str = "") -> str:
    """Nested figures as lines that a person can read; a row of numbers stays on one line."""
    lines = []
    for name, value in figures.items():
        if not isinstance(value, dict):
            lines.append(f"{indent}{name:<24}{value}")
        elif all(isinstance(number, int | float) for number in value.values()):
            numbers = "  ".join(f"{key} {number:>9}" for key, number in value.items())
            lines.append(f"{indent}{name:<24}{numbers}")
        else:
            lines += [f"{indent}{name}", table(value, indent + "  ")]
    return "\n".join(lines)
