"""What ``5x5`` alone says, and what stands before a command: its version, or the name of none."""

from pathlib import Path
from typing import Annotated

import typer

from fivebyfive import __version__
from fivebyfive.cli.printing import say
from fivebyfive.errors import InputError, meant

THREE = (
    ("5x5 serve", "draw a digit; click any number and see where it comes from"),
    ("5x5 explain", "a network's code, and what each line made of a picture"),
    ("5x5 train", "train that network, in a minute"),
)
"""Things to try, which need nothing but the package."""


def say_it() -> None:
    """Say what to try first."""
    say("Train networks that see, and see how they work, number by number. Try:")
    say("")
    for call, what in THREE:
        say(f"  {call:<13} {what}")
    say("")
    say("5x5 --help lists every command, and 5x5 COMMAND --help what it takes.")


def no_command(name: str, commands: tuple[str, ...]) -> InputError:
    """What to say where `name` stands in a command's place."""
    if not meant(name, commands) and _is_file(name):
        return InputError(f"what is to be done with {name}? 5x5 explain {name}, for example; 5x5 --help has the rest")
    return InputError(f"there is no command '{name[:60]}'{meant(name, commands)}; there are {', '.join(commands)}")


def options(
    version: Annotated[
        bool,
        typer.Option("--version", "-V", help="Say which version this is.", is_eager=True, callback=lambda v: _say(v)),
    ] = False,
) -> None:
    """What may stand before a command."""


def _say(asked: bool) -> None:
    if asked:
        say(f"5x5 {__version__}")
        raise typer.Exit


def _is_file(text: str) -> bool:
    try:
        return Path(text).exists()
    except (OSError, ValueError):  # no name of a file
        return False
