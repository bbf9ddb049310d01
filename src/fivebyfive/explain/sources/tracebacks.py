"""The user's lines in the stack traces that exporters keep with each operation.

A trace names files of the machine that it was made on. Such a file is shown only where it is here and has the very
lines that the trace quotes: a stranger's model could name any file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fivebyfive.explain.source import Files, Function, Line, is_users

FRAME = re.compile(
    r'^\s*File "(?P<file>[^"\n]+)", line (?P<line>\d{1,7}), in (?P<function>[^\n]+)\n(?P<code>[^\n]*)', re.MULTILINE
)
MOST = 200
"""Frames of one trace that are read."""


@dataclass(frozen=True)
class Frame:
    """One line of a stack trace: where a function stood, and the text of that line."""

    file: str
    line: int
    function: str
    code: str


def frames(trace: str) -> list[Frame]:
    """The frames of a trace as Python writes it, outermost first."""
    found = [m for m, _ in zip(FRAME.finditer(trace), range(MOST), strict=False)]
    return [Frame(m["file"], int(m["line"]), m["function"], m["code"].strip()) for m in found]


class Lines:
    """Makes lines of frames: one object for each place in a run, as `source.Line` wants it."""

    def __init__(self) -> None:
        self._files = Files()
        self._lines: dict[tuple[Frame, ...], Line] = {}
        self._runs: dict[tuple[object, ...], int] = {}

    def of(self, trace: Sequence[Frame]) -> tuple[tuple[Line, ...], tuple[int, ...]]:
        """The user's lines of a trace, and for each how many forwards were running; () where one is not as it was."""
        found: list[Line] = []
        depths: list[int] = []
        forwards = 0
        for place, frame in enumerate(trace):
            forwards += frame.function == "forward"
            if not is_users(frame.file) or "/torch/" in frame.file:
                continue
            if not self._is_there(frame):
                return (), ()
            way = tuple(trace[: place + 1])
            if way not in self._lines:
                run = self._runs.setdefault((*trace[:place], frame.file, frame.function), len(self._runs))
                self._lines[way] = Line(Function(frame.file, frame.function), frame.line, frame=run)
            found.append(self._lines[way])
            depths.append(max(forwards, 1))
        return tuple(found), tuple(depths)

    def _is_there(self, frame: Frame) -> bool:
        """Whether the file has that line still; only Python's own files are looked into."""
        path = Path(frame.file)
        if path.suffix != ".py" or not path.is_file():
            return False
        text = self._files.lines(frame.file)[frame.line - 1 : frame.line]
        return bool(frame.code) and bool(text) and text[0].strip() == frame.code
