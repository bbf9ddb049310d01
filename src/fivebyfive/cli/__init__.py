"""The command ``5x5``: one short file a command, which parses, calls and prints.

The files import what is heavy inside their function, so that help and errors come at once.
"""

import errno
import importlib
import os
import sys
from pathlib import Path
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from fivebyfive.errors import Failure, InputError

COMMANDS = ("train", "evaluate", "predict", "explain", "serve", "export")

app = typer.Typer(
    name="5x5",
    help="Train convolutional networks, and see how they work, down to the products behind any single number.",
    epilog="An error is one line; with --debug, anywhere in the call, it comes with its traceback.",
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _name in COMMANDS:
    if (Path(__file__).parent / f"{_name}.py").exists():
        app.command(_name)(getattr(importlib.import_module(f"fivebyfive.cli.{_name}"), _name))


def main() -> NoReturn:
    """Run the command line; exit 0: done, 2: the call or its input is wrong, 1: it failed, 130: Ctrl-C."""
    arguments = [a for a in sys.argv[1:] if a != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    try:
        code = app(arguments, prog_name="5x5", standalone_mode=False)
    except (Exception, KeyboardInterrupt) as error:
        if debug:
            raise
        code = _report(error)
    sys.exit(code)


def _report(error: BaseException) -> int:
    """Print what went wrong as one line; the exit code that goes with it."""
    if isinstance(error, KeyboardInterrupt):
        return 130
    if isinstance(error, BrokenPipeError) or (isinstance(error, OSError) and error.errno == errno.EPIPE):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader is gone; nothing more to flush to
        return 1
    if isinstance(error, TyperException):
        message = getattr(error, "format_message", lambda: str(error))()
        return _say(f"{message} (5x5 --help and 5x5 COMMAND --help say what there is)", 2)
    if isinstance(error, InputError | Failure):
        return _say(str(error), error.exit_code)
    if isinstance(error, MemoryError):
        return _say("the memory is used up; choose a smaller picture, network or batch", 1)
    if isinstance(error.__context__, KeyboardInterrupt):
        return 130  # Ctrl-C in the midst of an import makes it fail in its own way
    return _say(f"unexpected {type(error).__name__}: {error} (call again with --debug to see where)", 1)


def _say(message: str, code: int) -> int:
    print(f"error: {message}", file=sys.stderr)
    return code
