"""Where TensorFlow's operations were made: the user's lines of their tracebacks.

A program without classes has no ``forward``. The function that is the network is found from the outermost line inwards:
as long as one statement holds most of the operations, because it calls a function that makes them, that function is
looked into; ``logits = conv_net(…)`` leads to the lines of ``conv_net``.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import fivebyfive
from fivebyfive.explain.source import Files, Line, is_users
from fivebyfive.explain.sources.tracebacks import Frame, Runs

PACKAGE = str(Path(fivebyfive.__file__).parent) + os.sep
MOST = 0.75
"""The share of the operations that one statement must hold to be looked into."""

Lined = tuple[tuple[Line, ...], tuple[int, ...]]


class Tracebacks:
    """The lines and their depths of each of a network's operations."""

    def __init__(self, operations: Iterable[Any], is_own: Callable[[str], bool] | None = None) -> None:
        runs, own = Runs(Files()), is_own or is_users_own
        self._lines: dict[int, tuple[Line, ...]] = {}
        for op in operations:
            frames = [Frame(f.filename, f.lineno, f.name, "") for f in behind_ours(op.traceback) if own(f.filename)]
            self._lines[id(op)] = tuple(runs.line(tuple(frames[: i + 1])) for i in range(len(frames)))
        self._outer = outer({op: lines for op, lines in self._lines.items() if lines})

    def said(self, op: Any) -> tuple[list[tuple[str, int, str]], int]:
        """An operation's lines as plain values: file, line and function of each, and how many only call the network."""
        lines = self._lines.get(id(op), ())
        frames = [(line.function.file, line.number, line.function.name) for line in lines]
        return frames, self._outer.get(id(op), 0)

    def of(self, op: Any) -> Lined:
        """The lines of an operation; 0 for those that only call the network, 1 for its own and those within."""
        lines = self._lines.get(id(op), ())
        before = self._outer.get(id(op), 0)
        return lines, tuple(int(i >= before) for i in range(len(lines)))


def behind_ours(trace: Iterable[Any]) -> list[Any]:
    """The frames within the last of this package's own, which ran the program."""
    frames = list(trace)
    ours = [i for i, frame in enumerate(frames) if frame.filename.startswith(PACKAGE)]
    return frames[ours[-1] + 1 :] if ours else frames


def outer(lines: Mapping[int, tuple[Line, ...]]) -> dict[int, int]:
    """For each operation how many of its lines lead to the function that is the network."""
    found = dict.fromkeys(lines, 0)
    inside, level = dict(lines), 0
    while inside:
        statements = Counter((at[level].function, at[level].number) for at in inside.values())
        ((statement, _),) = statements.most_common(1)
        deeper = {
            name: at
            for name, at in inside.items()
            if (at[level].function, at[level].number) == statement and len(at) > level + 1
        }
        if len(deeper) < MOST * len(lines):
            break
        level += 1
        found |= dict.fromkeys(deeper, level)
        inside = deeper
    return found


def is_users_own(file: str) -> bool:
    """Whether the code in a file is the user's, and not a library's."""
    return (
        is_users(file)
        and not {"site-packages", "dist-packages"} & set(Path(file).parts)
        and file not in ("", "<string>")
    )
