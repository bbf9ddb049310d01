"""docs/backward.md is true: its code runs, and so does each of its commands."""

import json
import re
import shlex
from pathlib import Path

import pytest

import fivebyfive
from support import Call

PAGE = (Path(__file__).parent.parent / "docs" / "backward.md").read_text()
COMMANDS = re.findall(r"^    5x5 (.*?)(?:   +.*)?$", PAGE, re.MULTILINE)


def test_its_code_runs_line_by_line() -> None:
    code = PAGE.partition("```python\n")[2].partition("```")[0]
    before, after = code.split("\n\n")[0], code.split("\n\n")[1:]
    names: dict[str, object] = {}
    exec(before, names)
    exec(after[0], names)
    trace = names["trace"]
    assert isinstance(trace, fivebyfive.Trace)
    shown = [eval(line.partition("  #")[0], names) for line in after[1].splitlines()]
    assert len(shown) == 6
    assert all(shown)


@pytest.mark.parametrize("command", COMMANDS)
def test_its_commands_run(call: Call, command: str) -> None:
    code, out, error = call(*shlex.split(command))
    assert (code, error) == (0, "")
    assert "way back" in out or "way_back" in json.loads(out)


def test_there_are_commands() -> None:
    assert len(COMMANDS) == 4
