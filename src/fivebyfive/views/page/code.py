"""The code beside a page: of which files and lines, and whose it is."""

import functools
import site
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fivebyfive.causes import is_own
from fivebyfive.explain.source import split_lines
from fivebyfive.portable import network_name
from fivebyfive.views.page import highlight

if TYPE_CHECKING:
    from fivebyfive.explain.step import Source, Step
    from fivebyfive.explain.trace import Trace

MARGIN = 4
"""Lines of a file shown before the first line that matters, and after the last."""
NO_RUN = -1
"""Of a line that made a layer: no run of a function that performed the step."""


def title(trace: "Trace") -> str:
    """What the code is called: the reader's own is "Your code", and nobody else's."""
    files = list(trace.source_files)
    written = [file for file in files if _is_code(file)]
    if any(_is_readers(file) for file in written):
        return "Your code"
    if files and not written:
        return f"Nodes of {', '.join(Path(file).name for file in files)}"
    return f"The code of {network_name(trace.network)}"


def _is_code(file: str) -> bool:
    """A listing of what has no code is called as the network's file is."""
    return file.endswith(".py") or file.startswith("<")


@functools.cache
def _is_readers(file: str) -> bool:
    installed = (*site.getsitepackages(), site.getusersitepackages())
    return is_own(file) and not file.startswith(installed) and "site-packages" not in Path(file).parts


def file(trace: "Trace", name: str) -> dict[str, Any]:
    """The part of a file that matters, in its colours."""
    text = trace.source_files[name]
    lines = split_lines(text)
    used = [s.line for step in trace.steps for s, _ in _sources(step) if s.file == name]
    first = max(1, min(used, default=1) - MARGIN)
    last = min(len(lines), max(used, default=len(lines)) + MARGIN)
    while first < last and not lines[first - 1].strip():
        first += 1
    while last > first and not lines[last - 1].strip():
        last -= 1
    return {"name": Path(name).name, "first": first, "lines": [*highlight.lines(text)[first - 1 : last]]}


def lines(step: "Step", files: list[str]) -> list[dict[str, int]]:
    """Every line that a step belongs to, each with the run of its function, `NO_RUN` where a layer was made."""
    found: dict[tuple[str, int], int] = {}
    for source, run in _sources(step):
        if source.file in files:
            found.setdefault((source.file, source.line), run)
    return [{"file": files.index(file), "line": line, "run": run} for (file, line), run in found.items()]


def _sources(step: "Step") -> list[tuple["Source", int]]:
    """The step's own line first, then those on the way to it, then the one that made its layer."""
    frames = step.frames or (0,) * len(step.chain)
    ways = list(zip(step.chain, frames, strict=True))
    own = [way for way in ways if way[0] == step.source][-1:]
    made = [(s, NO_RUN) for s in (step.source, step.definition) if s is not None]
    return [*own, *ways, *made]
