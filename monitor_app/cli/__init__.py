"""`python -m monitor_app COMMAND`: each command is a module here with `add_arguments(parser)` and `run(args) -> int`.

A command is found by its file name; only the one that is called is imported.
"""

import argparse
import ast
import difflib
import gc
import importlib
import keyword
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path

from monitor_app import __version__, log
from monitor_app.errors import LightbulbError
from monitor_app.settings import load_settings

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code: 2, and one clear line, for an error that has a reason to tell."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(arguments)
    except LightbulbError as err:
        print(f"lightbulb: {err}", file=sys.stderr)
        return EXIT_ERROR
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # `... | head`
        sys.stderr.close()
        return 0


def commands() -> dict[str, str]:
    """Every command and the first line of its docstring, without importing any."""
    folder = Path(__file__).parent
    names = sorted(module.name for module in pkgutil.iter_modules([str(folder)]) if not module.name.startswith("_"))
    # `import_.py`: Python keeps the word itself.
    return {name.removesuffix("_"): _summary(folder / f"{name}.py") for name in names}


def _run(arguments: list[str]) -> int:
    name = arguments[0] if arguments else "--help"
    if name in ("-h", "--help", "help"):
        print(_help())
        return 0
    if name in ("-V", "--version"):
        print(f"lightbulb {__version__}")
        return 0
    known = commands()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
        raise LightbulbError(f"no command is called {name!r}: {hint}")
    command = importlib.import_module(f"{__name__}.{name}_" if keyword.iskeyword(name) else f"{__name__}.{name}")
    if not gc.isenabled():
        # What an import makes stays. To look through it for garbage again and again takes a fifth of the import's time.
        gc.freeze()
        gc.enable()
    parser = argparse.ArgumentParser(prog=f"python -m monitor_app {name}", description=known[name])
    command.add_arguments(parser)
    options = parser.parse_args(arguments[1:])
    settings = load_settings()
    log.configure(settings.log_level, human=settings.is_log_human)
    code: int = command.run(options)
    return code


def _summary(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return text.split("\n", 1)[0].split(": ", 1)[-1]


def _help() -> str:
    lines = [f"Lightbulb {__version__}: python -m monitor_app COMMAND [options]", ""]
    lines += [f"  {name:<10} {summary}" for name, summary in commands().items()]
    return "\n".join([*lines, "", "`python -m monitor_app COMMAND --help` tells the options of one command."])
