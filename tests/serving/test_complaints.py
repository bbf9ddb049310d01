"""The server's own mistakes are a line each, however often they happen."""

import subprocess
import sys

PROGRAM = """
import logging, sys
from fivebyfive.serving.complaints import speak_in_lines
speak_in_lines(debug=sys.argv[1] == "debug")
for name in ("fivebyfive.serving", "uvicorn.error", "asyncio"):
    for n in range(200):
        try:
            raise OSError(f"no room {n}\\nat all")
        except OSError as error:
            logging.getLogger(name).error("it failed\\nhere", exc_info=error)
"""


def said(mode: str) -> str:
    return subprocess.run([sys.executable, "-c", PROGRAM, mode], capture_output=True, text=True, check=True).stderr


def test_each_kind_of_mistake_is_one_line_though_it_happens_again_at_once() -> None:
    assert said("usual").splitlines() == ["error: it failed: OSError: no room 0 at all"] * 3


def test_whatever_a_library_says_commands_no_terminal() -> None:
    hostile = PROGRAM.replace("no room {n}", "\\x1b]0;owned\\x07 \\u202e {n}")
    for mode in ("usual", "debug"):
        done = subprocess.run([sys.executable, "-c", hostile, mode], capture_output=True, text=True, check=True)
        assert r"\x1b]0;owned\x07 \u202e 0 at all" in done.stderr
        assert not {"\x1b", "\x07", "\u202e"} & set(done.stderr)


def test_debug_shows_where() -> None:
    assert said("debug").count("Traceback") == 3
