"""Long work has a bar on a terminal; a pipe, a dumb terminal and who asks from Python get none."""

import os
import pty
import re
import subprocess
import sys

import pytest

from fivebyfive import working

WORK = """
from fivebyfive import working
from fivebyfive.cli import bars, printing
printing.prepare()
bars.AFTER = 0
with bars.shown():
    for part in working.through(range(3), "counting [stars]"):
        with working.at("a part of it"):
            input()
    with working.at("thinking"):
        input()
print("done")
"""


class Terminal:
    """The work in a process of its own, on a terminal."""

    def __init__(self, **variables: str) -> None:
        self.end, other = pty.openpty()
        environment = os.environ | {"TERM": "xterm", "COLUMNS": "60"} | variables
        call = [sys.executable, "-c", WORK]
        self.process = subprocess.Popen(call, stdin=other, stdout=other, stderr=other, env=environment)
        os.close(other)

    def shows(self, pattern: str) -> str:
        """Wait for it; what was shown until then."""
        seen = ""
        while not re.search(pattern, seen, re.DOTALL):
            seen += os.read(self.end, 1 << 16).decode()
        return seen

    def enter(self) -> None:
        """The key."""
        os.write(self.end, b"\n")


@pytest.mark.parametrize("color", [{}, {"NO_COLOR": "1"}])
def test_on_a_terminal_it_says_what_and_how_much_and_is_gone_at_the_end(color: dict[str, str]) -> None:
    terminal = Terminal(**color)
    for done in range(3):
        terminal.shows(rf"counting \[stars\].*{done}/3")
        terminal.enter()
    terminal.shows("thinking")
    terminal.enter()
    assert terminal.shows("done\r\n").endswith("\x1b[2Kdone\r\n")
    assert terminal.process.wait() == 0


def test_a_dumb_terminal_gets_none() -> None:
    terminal = Terminal(TERM="dumb")
    for _ in range(4):
        terminal.enter()
    assert "counting" not in terminal.shows("done\r\n")
    assert terminal.process.wait() == 0


def test_a_pipe_gets_none_even_with_colours_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    done = subprocess.run([sys.executable, "-c", WORK], input=b"\n" * 4, capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"done\n", b"")


def test_without_a_listener_nobody_is_told() -> None:
    assert list(working.through("abc", "letters")) == ["a", "b", "c"]
