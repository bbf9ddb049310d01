"""The command ``5x5``: one short file a command, which parses, calls and prints.

The files import what is heavy inside their function, so that help and errors come at once.
"""

import contextlib
import importlib
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

from fivebyfive import group
from fivebyfive.cli import bars, completion, printing
from fivebyfive.cli.sentences import is_gone, is_of_call, sentence
from fivebyfive.errors import Failure, InputError

SHARED = ("train", "evaluate", "predict")
"""What several processes can do together."""
COMMANDS = ("train", "evaluate", "predict", "explain", "serve", "export", "doctor")
JSON = "--json"
NARROW = 60
"""Columns of a terminal; with fewer, help in frames has no room for an option's name."""


def app(arguments: list[str]) -> Any:
    """Run the command that `arguments` begin with; only its file is imported."""
    if _is_plain(arguments):
        from fivebyfive.cli.reading import Asked, read_pictures

        return read_pictures([a for a in arguments[1:] if a != JSON], Asked(json=JSON in arguments))
    from fivebyfive.cli import welcome

    typed = completion.words()
    if not arguments and typed is None:
        return welcome.say_it()
    import typer

    asked = [name for name in COMMANDS if name in (arguments if typed is None else typed)[:1]]
    completes = typed is not None or not asked
    if not group.current().alone and asked and asked[0] not in SHARED:
        raise InputError(f"{asked[0]} is done by one process; torchrun is for {', '.join(SHARED)}")
    if completes and arguments and not arguments[0].startswith("-"):
        raise welcome.no_command(arguments[0], COMMANDS)
    commands = typer.Typer(
        help="Train convolutional networks, and see how they work, down to the products behind any single number.",
        epilog="An error is one line; with --debug, anywhere in the call, it comes with its traceback.",
        callback=welcome.options,  # and so one command alone is still called by its name
        add_completion=completes,
        rich_markup_mode=None if shutil.get_terminal_size().columns < NARROW else "rich",
        context_settings={"help_option_names": ["-h", "--help"], "obj": arguments},
    )
    for name in asked or COMMANDS:
        module = importlib.import_module(f"fivebyfive.cli.{name}")
        commands.command(name, cls=getattr(module, "COMMAND", None))(getattr(module, name))
    try:
        return commands(arguments, prog_name=completion.name(), standalone_mode=False)
    except SystemExit as end:
        if completes and isinstance(end.code, int):  # how Typer ends when it has answered a shell
            return end.code
        raise


def _is_plain(arguments: list[str]) -> bool:
    """Whether pictures are to be read, without any option that would have to be parsed."""
    command, *images = arguments or [""]
    return command == "predict" and images != [] and all(a in ("-", JSON) or a[:1] not in ("", "-") for a in images)


def main() -> NoReturn:
    """Run the command line; exit 0: done, 2: the call or its input is wrong, 1: it failed, 130: Ctrl-C."""
    arguments = [a for a in sys.argv[1:] if a != "--debug"]
    debug = len(arguments) < len(sys.argv) - 1
    printing.prepare()
    if not group.is_first():
        printing.follow()
    try:
        Path.cwd()  # without a folder to be in, libraries end the program in their own ways
        with _together(), bars.shown():
            code = app(arguments)
        sys.stdout.flush()  # here a full disk can be told; when the interpreter ends it cannot
    except BaseException as error:
        code = _report(error, debug)
    try:
        sys.stdout.flush()
    except (OSError, ValueError):
        printing.give_up_output()
    sys.exit(_settled(code or 0))


def _together() -> contextlib.AbstractContextManager[object]:
    """Several processes that were started together work together; who is alone loads nothing for it."""
    if not group.is_asked():
        return contextlib.nullcontext()
    from fivebyfive import endings

    return endings.together()


def _settled(code: int) -> int:
    if not group.is_asked():
        return code
    from fivebyfive import endings

    return endings.settled(code)


def _report(error: BaseException, debug: bool) -> int:
    """Print what went wrong as one line; the exit code that goes with it."""
    if isinstance(error, KeyboardInterrupt):
        return 130
    if group.is_asked() and type(error).__name__ == "SaidElsewhere":
        return int(getattr(error, "exit_code", 1))
    if is_gone(error):
        printing.give_up_output()
        return 1
    if not (isinstance(error, InputError | Failure) or is_of_call(error)) and _interrupted(error):
        return 130  # Ctrl-C in the midst of an import makes it fail in its own way
    if debug:
        for line in "".join(traceback.format_exception(error)).splitlines():
            printing.say_trace(line)
    message, code = sentence(error)
    printing.say_error(message)
    return code


def _interrupted(error: BaseException) -> bool:
    return isinstance(error.__context__, KeyboardInterrupt)
