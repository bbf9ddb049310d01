"""The user's lines in the stack traces that exporters keep with each operation.

A trace names files of the machine that it was made on. Such a file is shown only where it is here and has the very
lines that the trace quotes: a stranger's model could name any file.
"""

import ast
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


class Runs:
    """Makes lines of frames: one object for each place in a run, as `source.Line` wants it.

    Two runs of a function from the same line are taken for one: a trace does not tell them apart.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._lines: dict[tuple[Frame, ...], Line] = {}
        self._runs: dict[tuple[object, ...], int] = {}

    def line(self, way: tuple[Frame, ...]) -> Line:
        """The line of the last of the frames that lead there."""
        if way not in self._lines:
            *outer, frame = way
            run = self._runs.setdefault((*outer, frame.file, frame.function), len(self._runs))
            function = Function(frame.file, frame.function, self._first(frame))
            self._lines[way] = Line(function, frame.line, frame=run)
        return self._lines[way]

    def _first(self, frame: Frame) -> int:
        """The line that the frame's function begins in; 0 where it is not found."""
        tree = self._files.tree(frame.file)
        functions = [] if tree is None else [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
        around = [f for f in functions if f.name == frame.function and f.lineno <= frame.line <= (f.end_lineno or 0)]
        if not around:
            return 0
        inner = max(around, key=lambda f: f.lineno)
        return min([inner.lineno, *(d.lineno for d in inner.decorator_list)])


class Lines:
    """The lines of stack traces that a file holds, each verified."""

    def __init__(self) -> None:
        self._files = Files()
        self._runs = Runs(self._files)

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
            found.append(self._runs.line(tuple(trace[: place + 1])))
            depths.append(max(forwards, 1))
        return tuple(found), tuple(depths)

    def _is_there(self, frame: Frame) -> bool:
        """Whether the file has that line still; only Python's own files are looked into."""
        path = Path(frame.file)
        if path.suffix != ".py" or not path.is_file():
            return False
        text = self._files.lines(frame.file)[frame.line - 1 : frame.line]
        return bool(frame.code) and bool(text) and text[0].strip() == frame.code
