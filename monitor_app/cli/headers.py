"""`python -m monitor_app headers`: the security headers of the built pages, for an nginx that serves them itself.

The Content-Security-Policy names the inline scripts of the build by their hashes, so ask again after each build:

    python -m monitor_app headers > /etc/nginx/lightbulb-headers.conf
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from monitor_app.api.doorman import SECURITY_HEADERS, Policies
from monitor_app.api.doorman.headers import HSTS
from monitor_app.errors import NotFound

BUILD = Path(".web/build/client")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--build` for another folder."""
    parser.add_argument("--build", type=Path, default=BUILD, help=f"the folder with the built pages ({BUILD})")


def run(args: argparse.Namespace) -> int:
    """Print one `add_header` a line. Raises NotFound without a build."""
    if not (args.build / "index.html").is_file():
        raise NotFound(f"{args.build} holds no built pages: `make run` builds them, or name the folder with --build")
    print("\n".join(_lines(args.build)))
    return 0


def _lines(build: Path) -> Iterator[str]:
    yield "# Made by `python -m monitor_app headers`, anew after each build; for where nginx serves the pages."
    headers = {
        **SECURITY_HEADERS,
        HSTS[0].decode(): HSTS[1].decode(),
        "Content-Security-Policy": Policies.of_build(build).every_page,
    }
    for name, value in headers.items():
        yield f'add_header {name.title()} "{value}" always;'
