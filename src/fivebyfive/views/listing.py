"""A trace as the user's functions, each shown once, with the steps that every statement performed.

A function that ran several times (a block of a residual network, a wrapper) is shown with the steps of one run, the
first that went by as many of its lines as any; its other runs are named. So a listing is as long as the code, however
deep the network is.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fivebyfive.explain.source import syntax_tree
from fivebyfive.views.layers import common_path

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Source, Step, Trace


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
    loops: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class _Came:
    """How a step came by one of a function's lines.

    Attributes:
        user_line: in a wrapper: the run of the line that called it; each is a run of the wrapper. Else -1.
        module: that the line ran in, where it is known.
        line: the first one of the statement, whose lines may run in any order.
    """

    callers: tuple[tuple[str, int], ...]
    user_line: int
    module: str | None
    step: int
    line: int


@dataclass
class _Visits:
    """What one function did: for each run, which step came by which of its lines."""

    function: _Function
    runs: "list[list[tuple[Step, int]]]" = field(default_factory=list)
    last: "_Came | None" = None


def listings(trace: "Trace") -> list[Listing]:
    """The functions that the steps of `trace` came from, callers before those that they call."""
    functions = {file: _functions(file, text) for file, text in trace.source_files.items()}
    visits = _visits(trace, functions)
    runs = {
        f: [Run(_run_name([s for s, _ in run]), f.name, [s for s, _ in run]) for run in v.runs]
        for f, v in visits.items()
    }
    owner = {(f, s.index): run for f, of_function in runs.items() for run in of_function for s in run.steps}
    shown = []
    for function, visited in visits.items():
        best = max(range(len(visited.runs)), key=lambda n: (len({line for _, line in visited.runs[n]}), -n))
        rows = _rows(function, visited.runs[best], functions, owner)
        if not _hands_on(rows):
            lines = trace.source_files[function.file].splitlines()
            run = runs[function][best]
            shown.append(Listing(function.file, function.name, _filled(function, rows, lines), runs[function], run))
    return shown


def unlisted(trace: "Trace") -> "list[Step]":
    """The steps that came from no line that could be read."""
    return [step for step in _inner(trace) if not _lines(step, trace.source_files)]


def _inner(trace: "Trace") -> "list[Step]":
    return [step for step in trace.steps if step.kind not in ("input", "output")]


def _lines(step: "Step", files: dict[str, str]) -> "tuple[Source, ...]":
    lines = step.chain or ((step.source,) if step.source is not None else ())
    return tuple(line for line in lines if line.file in files)


def _visits(trace: "Trace", functions: dict[str, list[_Function]]) -> dict[_Function, _Visits]:
    line_of = {index: n for n, line in enumerate(trace.user_lines) for index in line.steps}
    visits: dict[_Function, _Visits] = {}
    for step in _inner(trace):
        lines = _lines(step, trace.source_files)
        for depth, line in enumerate(lines):
            function = _function_at(functions[line.file], line)
            visited = visits.setdefault(function, _Visits(function))
            callers = tuple((caller.file, caller.line) for caller in lines[:depth])
            user_line = line_of.get(step.index, -1)
            came = _Came(
                callers,
                user_line if step.source in lines[:depth] else -1,
                trace.user_lines[user_line].module if line is step.source and user_line >= 0 else None,
                step.index,
                line.first or line.line,
            )
            if _begins(visited, came):
                visited.runs.append([])
            visited.runs[-1].append((step, line.line))
            visited.last = came
    return visits


def _begins(visited: _Visits, came: _Came) -> bool:
    """Whether a step belongs to a new run of the function."""
    last = visited.last
    if last is None or came.callers != last.callers or came.user_line != last.user_line or came.step != last.step + 1:
        return True
    if None not in (came.module, last.module) and came.module != last.module:
        return True
    looping = any(first <= came.line and last.line <= end for first, end in visited.function.loops)
    return came.line < last.line and not looping


def _run_name(steps: "Sequence[Step]") -> str:
    module = common_path(step.module for step in steps) if len(steps) > 1 else ""
    return module or common_path(step.name.split("#")[0] for step in steps) or steps[0].name


def _hands_on(rows: list[Row]) -> bool:
    """Whether a function does nothing but call another one that is listed."""
    return len(rows) == 1 and len(rows[0].items) == 1 and isinstance(rows[0].items[0], Run)


def _rows(
    function: _Function,
    run: "list[tuple[Step, int]]",
    functions: dict[str, list[_Function]],
    owner: "dict[tuple[_Function, int], Run]",
) -> list[Row]:
    """The function's statements that performed steps, in the order of the file."""
    items: dict[int, list[Step | Run]] = {}
    extent: dict[int, tuple[int, int]] = {}
    for step, line in run:
        lines = [s for s in (step.chain or (step.source,)) if s is not None and s.file in functions]
        depth = next(
            d for d, s in enumerate(lines) if s.line == line and _function_at(functions[s.file], s) == function
        )
        extent[line] = (lines[depth].first or line, lines[depth].last or line)
        inner = lines[depth + 1] if depth + 1 < len(lines) else None
        item: Step | Run = step
        if inner is not None:
            item = owner[_function_at(functions[inner.file], inner), step.index]
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
                yield _Function(file, name, first, child.end_lineno or first, _loops(child))
            yield from _defined(file, child, f"{name}.")
        else:
            yield from _defined(file, child, prefix)


def _loops(function: ast.AST) -> tuple[tuple[int, int], ...]:
    loops = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp)
    return tuple((n.lineno, n.end_lineno or n.lineno) for n in ast.walk(function) if isinstance(n, loops))
