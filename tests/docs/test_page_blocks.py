"""What the documentation's code may look like: every block is run, or says why not; every command and option exists."""

import importlib
import re
from collections.abc import Iterator
from functools import cache

import pytest
import typer
from typer.main import get_command

from fivebyfive.cli import COMMANDS
from page_blocks import ROOT, RUN, SHOWN, Block, Command, blocks, commands, missing, pages
from page_data import GENERATED, LONG, OF_FRAMEWORKS, PAGES

NOT_RUN = 7
"""Blocks that are not run, in all pages together: each says why, above it. Good reasons alone let this number grow."""

ALL = [block for page in pages() if page not in GENERATED for block in blocks(page)]
LAUNCHER = ("test", "")
"""What `./5x5` does by itself, and `5x5` alone."""


def test_a_block_is_run_or_shown_or_says_why_not() -> None:
    odd = [block.place for block in ALL if block.language not in (*RUN, *SHOWN) and block.not_run is None]
    assert [place for place in odd if not _is_directive(place)] == []


def _is_directive(place: str) -> bool:
    """Whether the block is one that the site's generator acts upon: ```{note}."""
    page, _, line = place.rpartition(":")
    return "```{" in (ROOT / page).read_text(encoding="utf-8").splitlines()[int(line) - 2]


def test_the_number_of_blocks_that_are_not_run_is_known() -> None:
    assert sum(block.not_run is not None for block in ALL) == NOT_RUN


def test_what_is_said_of_pages_is_said_of_pages_that_there_are() -> None:
    assert {*GENERATED, *LONG, *OF_FRAMEWORKS, *PAGES} <= set(pages())


@cache
def _options(command: str) -> frozenset[str]:
    module = importlib.import_module(f"fivebyfive.cli.{command}")
    app = typer.Typer(context_settings={"help_option_names": ["-h", "--help"]})
    app.command(command, cls=getattr(module, "COMMAND", None))(getattr(module, command))
    options = {option for each in get_command(app).params for option in (*each.opts, *each.secondary_opts)}
    return frozenset({*options, "--help", "--debug"})


def _calls(page: str) -> Iterator[tuple[str, list[str]]]:
    """Each call of the command that a page shows, in whatever way: its command, and its options."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for line in re.findall(r"(?:^ *(?:\$ )?|`)(?:\./)?5x5(?: ([^\n`]+))?", text, re.MULTILINE):
        called = re.split(r"   +|  #", line)[0]
        yield called.partition(" ")[0], re.findall(r"(?<= )--[a-z][a-z-]*", f" {called}")


@pytest.mark.parametrize("page", pages())
def test_every_command_and_option_that_a_page_names_exists(page: str) -> None:
    for command, options in _calls(page):
        if command in COMMANDS:
            assert set(options) <= _options(command), f"{page}: 5x5 {command}"
        else:
            assert command in LAUNCHER or not re.fullmatch(r"[a-z]+", command), f"{page}: 5x5 {command}"


def test_the_commands_of_a_console_and_what_they_print() -> None:
    text = "$ 5x5 one \\\n  --two\n  said…\n…\nmore\n$ 5x5 three\nerror: no\n"
    first, second = commands(Block("page.md", 1, "console", text, None))
    assert first == Command("5x5 one   --two", ("said…", "more"))
    assert (first.fails, second.fails) == (False, True)


def test_what_is_printed_must_come_in_order() -> None:
    assert missing("a\nb 12  s\nc", ("a", "b … s")) is None
    assert missing("a\nc\nb", ("b", "c")) == "c"
    assert missing("abc", ("b",)) == "b"
