"""Every command with its arguments and options, as Markdown, asked of the command line itself."""

import importlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import typer
import typer.core

from fivebyfive.cli import COMMANDS, welcome

EXTRAS = re.compile(r"^(?P<help>.*?)\s*\[(?P<extras>[^\[\]]*)\]$", re.DOTALL)
"""What typer puts behind a sentence: the default, and the range."""


def markdown() -> str:
    """A section a command, and first one for what may stand before it."""
    return "\n".join([*_section("5x5", welcome.options), *(line for name in COMMANDS for line in _of(name))])


def _of(name: str) -> Iterator[str]:
    module = importlib.import_module(f"fivebyfive.cli.{name}")
    return _section(f"5x5 {name}", getattr(module, name), getattr(module, "COMMAND", None))


def _section(
    title: str, function: Callable[..., Any], cls: type[typer.core.TyperCommand] | None = None
) -> Iterator[str]:
    commands = typer.Typer(context_settings={"help_option_names": ["-h", "--help"]}, add_completion=False)
    commands.command(cls=cls)(function)
    command = typer.main.get_command(commands)
    context = typer.Context(command, info_name=title)
    yield f"## {title}\n\n{command.help}\n"
    yield f"```text\n{command.get_usage(context).removeprefix('Usage: ')}\n```\n"
    yield "| argument or option | what it says | default |\n|---|---|---|"
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            yield _row(*record)
    yield ""


def _row(names: str, said: str) -> str:
    found = EXTRAS.match(said)
    said, extras = (found["help"], found["extras"]) if found else (said, "")
    return f"| `{_in_cell(names)}` | {_in_cell(said)} | {f'`{_in_cell(extras)}`' if extras else ''} |"


def _in_cell(text: str) -> str:
    return " ".join(text.split()).replace("|", r"\|").removeprefix("default: ")
