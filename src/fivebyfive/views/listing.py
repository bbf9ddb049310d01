"""A trace as the user's functions, each shown once, with the steps that every statement performed.

A function that ran several times (a block of a residual network, a wrapper) is shown with the steps of one run, the
first that went by as many of its lines as any; its other runs are named. So a listing is as long as the code, however
deep the network is.
"""

import ast
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fivebyfive.explain.source import split_lines, syntax_tree
from fivebyfive.views.layers import common_path

if TYPE_CHECKING:
    from fivebyfive.explain.step import Source, Step
    from fivebyfive.explain.trace import Trace


@dataclass
class Run:
    """One run through `function`: `name` is the module's, or what the caller assigned."""

    name: str
    function: str
    steps: "list[Step]"


@dataclass(frozen=True)
class Row:
    """Lines `first` … `last` of a file, and what they did in the run that is shown: steps of their own, or runs of
    functions that are listed too."""

    first: int
    last: int
    items: "tuple[Step | Run, ...]" = ()

    @property
    def steps(self) -> "list[Step]":
        """All the steps, those of inner functions included."""
        return [step for item in self.items for step in (item.steps if isinstance(item, Run) else [item])]


@dataclass
class Listing:
    """A function's lines; `name` is "Class.function", or "" for code outside of functions; `shown` is among `runs`."""

    file: str
    name: str
    rows: list[Row]
    runs: list[Run]
    shown: Run


@dataclass(frozen=True)
class _Function:
    file: str
    name: str
    first: int
    last: int


_Visits = dict[int, "list[tuple[Step, int]]"]
"""What one function did: for each run of it, by its number, which step came by which of its lines."""


def listings(trace: "Trace") -> list[Listing]:
    """The functions that the steps of `trace` came from, callers before those that they call."""
    functions = {file: _functions(file, text) for file, text in trace.source_files.items()}
    visits = _visits(trace, functions)
    runs = {
        f: {n: Run(_run_name([s for s, _ in run]), f.name, [s for s, _ in run]) for n, run in visited.items()}
        for f, visited in visits.items()
    }
    shown = []
    for function, visited in visits.items():
        best = max(visited, key=lambda n: (len({line for _, line in visited[n]}), -n))
        rows = _rows(best, visited[best], functions, runs)
        if not _hands_on(rows):
            lines = split_lines(trace.source_files[function.file])
            filled, ran = _filled(function, rows, lines), list(runs[function].values())
            shown.append(Listing(function.file, function.name, filled, ran, runs[function][best]))
    return shown


def unlisted(trace: "Trace") -> "list[Step]":
    """The steps that came from no line that could be read."""
    return [step for step in _inner(trace) if not _lines(step, trace.source_files)]


def _inner(trace: "Trace") -> "list[Step]":
    return [step for step in trace.steps if step.kind not in ("input", "output")]


def _lines(step: "Step", files: Container[str]) -> "list[tuple[Source, int]]":
    """The lines on the way to a step, each with the number of its function's run.

    What a lambda does belongs to the line that calls it, as a lambda stands in a line itself.
    """
    if not step.chain:
        return [(step.source, -1)] if step.source is not None and step.source.file in files else []
    lines = [(line, n) for line, n in zip(step.chain, step.frames, strict=True) if line.file in files]
    return [(line, n) for line, n in lines if line.function != "<lambda>"] or lines


def _visits(trace: "Trace", functions: dict[str, list[_Function]]) -> dict[_Function, _Visits]:
    visits: dict[_Function, _Visits] = {}
    for step in _inner(trace):
        for line, frame in _lines(step, trace.source_files):
            function = _function_at(functions[line.file], line)
            visits.setdefault(function, {}).setdefault(frame, []).append((step, line.line))
    return visits


def _run_name(steps: "Sequence[Step]") -> str:
    module = common_path(step.module for step in steps) if len(steps) > 1 else ""
    return module or common_path(step.name.split("#")[0] for step in steps) or steps[0].name


def _hands_on(rows: list[Row]) -> bool:
    """Whether a function does nothing but call another one that is listed."""
    return len(rows) == 1 and len(rows[0].items) == 1 and isinstance(rows[0].items[0], Run)


def _rows(
    frame: int,
    run: "list[tuple[Step, int]]",
    functions: dict[str, list[_Function]],
    runs: "dict[_Function, dict[int, Run]]",
) -> list[Row]:
    """The function's statements that performed steps in this run, in the order of the file."""
    items: dict[int, list[Step | Run]] = {}
    extent: dict[int, tuple[int, int]] = {}
    for step, line in run:
        lines = _lines(step, functions)
        depth = next(d for d, (_, n) in enumerate(lines) if n == frame)
        extent[line] = (lines[depth][0].first or line, lines[depth][0].last or line)
        item: Step | Run = step
        if depth + 1 < len(lines):
            inner, number = lines[depth + 1]
            item = runs[_function_at(functions[inner.file], inner)][number]
        mine = items.setdefault(line, [])
        if not any(item is other for other in mine):
            mine.append(item)
    return list(_extents(items, extent))


def _extents(items: "dict[int, list[Step | Run]]", extent: dict[int, tuple[int, int]]) -> Iterator[Row]:
    """Rows that do not overlap: a statement whose lines each performed steps is divided among them."""
    end = 0
    lines = sorted(items)
    for n, line in enumerate(lines):
        first, last = extent[line]
        if n + 1 < len(lines):
            following = extent[lines[n + 1]]
            last = line if following == (first, last) else min(last, max(line, following[0] - 1))
        yield Row(max(first, end + 1), max(last, line), tuple(items[line]))
        end = max(last, line)


def _filled(function: _Function, rows: list[Row], lines: list[str]) -> list[Row]:
    """`rows` and the function's other lines between them; a comment goes with the statement that it stands above."""
    result: list[Row] = []
    begin = function.first if function.name else rows[0].first
    for row in rows:
        first = row.first
        while first > begin and lines[first - 2].strip().startswith("#"):
            first -= 1
        if first > begin:
            result.append(Row(begin, first - 1))
        result.append(Row(first, row.last, row.items))
        begin = row.last + 1
    end = function.last if function.name else rows[-1].last
    if begin <= end:
        result.append(Row(begin, end))
    return result


def _function_at(functions: list[_Function], line: "Source") -> _Function:
    """The innermost function that `line` stands in."""
    around = [f for f in functions if f.first <= line.line <= f.last]
    return max(around, key=lambda f: f.first)


def _functions(file: str, text: str) -> list[_Function]:
    whole = _Function(file, "", 0, text.count("\n") + 1)
    tree = syntax_tree(text)
    return [whole] if tree is None else [whole, *_defined(file, tree, "")]


def _defined(file: str, node: ast.AST, prefix: str) -> Iterator[_Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{prefix}{child.name}"
            if not isinstance(child, ast.ClassDef):
                first = min([child.lineno, *(d.lineno for d in child.decorator_list)])
                yield _Function(file, name, first, child.end_lineno or first)
            yield from _defined(file, child, f"{name}.")
        else:
            yield from _defined(file, child, prefix)
