"""Every option of every command, given what it cannot take: one line that names it, and exit code 2."""

import importlib
from typing import Any

import pytest
import typer

from fivebyfive import cli
from fivebyfive.cli.sentences import sentence

NO_NUMBERS = ("", "x", "1,2", "\x1b[2J", "٣x", "\udce9", "0x")


def told(command: Any, argument: str) -> str:
    """What is said where the parser takes no such argument."""
    with pytest.raises(Exception) as error:  # noqa: PT011 (the parser's own, which sentence knows)
        command.make_context("5x5", [argument])
    said, code = sentence(error.value)
    assert code == 2, (argument, said)
    assert "\n" not in said
    return said


@pytest.fixture(params=cli.COMMANDS)
def command(request: pytest.FixtureRequest) -> Any:
    module = importlib.import_module(f"fivebyfive.cli.{request.param}")
    app = typer.Typer(add_completion=False)
    app.command(request.param, cls=getattr(module, "COMMAND", None))(getattr(module, request.param))
    return typer.main.get_command(app)


def test_what_an_option_cannot_take_is_told(command: Any) -> None:
    names = [(param, name) for param in command.params for name in param.opts if name.startswith("--")]
    assert names
    for param, name in names:
        if param.type_descriptor.annotation in (int, float):
            for value in NO_NUMBERS:
                said = told(command, f"{name}={value}")
                assert said.startswith(f"{name}: "), said
                assert any(word in said for word in ("was expected", "no number", "no text")), said
                assert "Input should" not in said
        if param.is_flag:
            assert told(command, f"{name}=x").startswith(f"{name} takes no value")
        elif name != "--why":  # which may stand alone
            assert told(command, name).startswith(f"{name} wants a value")
        assert f"there is no option {name}{name[-1]} (did you mean --" in told(command, f"{name}{name[-1]}")
