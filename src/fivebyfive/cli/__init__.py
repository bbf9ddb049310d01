"""The command ``5x5``: one short file a command, which parses, calls and prints.

The files import what is heavy inside their function, so that help and errors come at once.
"""

import importlib
import sys
import traceback
from pathlib import Path
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from fivebyfive.cli import printing
from fivebyfive.cli.sentences import is_gone, sentence
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
        _module = importlib.import_module(f"fivebyfive.cli.{_name}")
        app.command(_name, cls=getattr(_module, "COMMAND", None))(getattr(_module, _name))


def main() -> NoReturn:
    """Run the command line; exit 0: done, 2: the call or its input is wrong, 1: it failed, 130: Ctrl-C."""
    arguments = [a for a in sys.argv[1:] if a != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    printing.prepare()
    try:
        Path.cwd()  # without a folder to be in, libraries end the program in their own ways
        code = app(arguments, prog_name="5x5", standalone_mode=False)
        sys.stdout.flush()  # here a full disk can be told; when the interpreter ends it cannot
    except BaseException as error:
        code = _report(error, debug)
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        printing.give_up_output()
    sys.exit(code or 0)


def _report(error: BaseException, debug: bool) -> int:
    """Print what went wrong as one line; the exit code that goes with it."""
    if isinstance(error, KeyboardInterrupt):
        return 130
    if is_gone(error):
        printing.give_up_output()
        return 1
    if not isinstance(error, InputError | Failure | TyperException) and _interrupted(error):
        return 130  # Ctrl-C in the midst of an import makes it fail in its own way
    if debug:
        for line in "".join(traceback.format_exception(error)).splitlines():
            printing.say(line, error=True)
    message, code = sentence(error)
    printing.say_error(message)
    return code


def _interrupted(error: BaseException) -> bool:
    return isinstance(error.__context__, KeyboardInterrupt)
