"""Which lines of the user's own code are running: from Python's frames to file, line, statement and target.

Code is the user's unless it belongs to PyTorch, to the standard library, to ops.py or to this package's explain/. Its
text is where Python's own tracebacks find it: in a file, in ``linecache`` (cells of notebooks), with the module's
loader (archives); or nowhere.
"""

import ast
import functools
import inspect
import linecache
import os
import sys
import sysconfig
import textwrap
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType

import torch
from torch import nn

from fivebyfive.explain.step import Source

_PACKAGE = Path(__file__).parent.parent
_TORCH = str(Path(torch.__file__).parent) + os.sep
_STDLIB = str(Path(sysconfig.get_paths()["stdlib"])) + os.sep
_SITE = tuple(str(Path(sysconfig.get_paths()[key])) + os.sep for key in ("purelib", "platlib"))
_OURS = (str(_PACKAGE / "ops.py"), str(_PACKAGE / "explain") + os.sep, str(_PACKAGE / "networks" / "from_keras.py"))
_MODULE_CALL = nn.Module._call_impl.__code__
_RESUMED = inspect.CO_GENERATOR | inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR
_COMPREHENSIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
"""Frames of their own that are part of the statement around them; from Python 3.12 on most of them are no frames."""


@dataclass(frozen=True)
class Function:
    """A function of a file, by its name and the line that it begins in; 0 where that is not known."""

    file: str
    name: str
    first: int = 0


@dataclass(frozen=True, eq=False)
class Line:
    """Where one frame stands: its function, its line, and its place in that line in bytes of UTF-8.

    ``frame`` numbers the run of the function that it is: the same for every line of one run. There is one object for
    each place in a run.
    """

    function: Function
    number: int
    column: int = sys.maxsize
    frame: int = 0


Place = tuple[Function, int, int]
"""A function, a line and a column."""


@dataclass(frozen=True)
class Stack:
    """The user's lines of one call, outermost first, each with the modules that had been entered by then."""

    lines: tuple[Line, ...]
    depths: tuple[int, ...]
    """For each line, how many of ``modules`` were running."""
    modules: tuple[nn.Module, ...]


@dataclass(frozen=True)
class Statement:
    """A statement of a file: its lines, the place where it begins in its first line, the names that it assigns."""

    first: int
    last: int
    column: int
    targets: tuple[str, ...]
    hands_on: bool
    """Whether it does nothing but return another function's result: ``return f(…)``, no call among f's arguments."""


@functools.cache
def is_users(file: str) -> bool:
    """Whether code in `file` is the user's own."""
    if file.startswith((_TORCH, *_OURS, "<frozen")) or _is_frameworks(file):
        return False
    return not (file.startswith(_STDLIB) and not file.startswith(_SITE) and "site-packages" not in file)


_FRAMEWORKS = ("keras", "tensorflow", "tf_keras", "optree")
_ARCHITECTURES = f"{os.sep}applications{os.sep}"
"""Where Keras keeps networks, which are written as a user writes them."""


def _is_frameworks(file: str) -> bool:
    """Whether it is code of another framework that runs networks, as PyTorch's own code is."""
    _, installed, rest = file.rpartition(f"{os.sep}site-packages{os.sep}")
    return bool(installed) and rest.partition(os.sep)[0] in _FRAMEWORKS and _ARCHITECTURES not in rest


NOWHERE = Stack((), (), ())


class Stacks:
    """Reads stacks, and numbers the runs of functions: it keeps their frames, so that none is taken for another.

    ``_callers`` has, for each frame of the stack that was read last, the lines around it. As long as a function runs
    its callers stand where they stood; only a generator may be resumed from elsewhere.
    """

    def __init__(self) -> None:
        self._frames: dict[FrameType, int] = {}
        self._lines: dict[tuple[FrameType, int], Line] = {}
        self._callers: dict[FrameType, Stack] = {}

    def read(self, frame: FrameType | None, until: CodeType) -> Stack:
        """The user's lines from `frame` out to the frame that runs `until`."""
        new: list[FrameType] = []
        while frame is not None and frame.f_code is not until and not self._is_known(frame):
            new.append(frame)
            frame = frame.f_back
        while self._callers and next(reversed(self._callers)) is not frame:  # they have returned
            self._callers.popitem()
        stack = self._with(self._callers[frame], frame) if frame in self._callers and frame is not None else NOWHERE
        for inner in reversed(new):
            self._callers[inner] = stack
            stack = self._with(stack, inner)
        return stack

    def forget(self) -> None:
        """Let the frames go: each keeps its caller's, and so all that was running, this object too."""
        self._frames.clear()
        self._lines.clear()
        self._callers.clear()

    def _is_known(self, frame: FrameType) -> bool:
        return frame in self._callers and not frame.f_code.co_flags & _RESUMED

    def _with(self, stack: Stack, frame: FrameType) -> Stack:
        """The stack around `frame`, and where it stands itself."""
        code = frame.f_code
        if code is _MODULE_CALL:
            return Stack(stack.lines, stack.depths, (*stack.modules, frame.f_locals["self"]))
        if is_users(code.co_filename) and code.co_name not in _COMPREHENSIONS:
            return Stack((*stack.lines, self._line(frame)), (*stack.depths, len(stack.modules)), stack.modules)
        return stack

    def _line(self, frame: FrameType) -> Line:
        place = (frame, frame.f_lasti)
        if place not in self._lines:
            self._lines[place] = self._at(frame)
        return self._lines[place]

    def _at(self, frame: FrameType) -> Line:
        code = frame.f_code
        if frame not in self._frames:
            linecache.lazycache(code.co_filename, frame.f_globals)  # the loader of an archive has the text
        return line_at(code, frame.f_lasti, self._frames.setdefault(frame, len(self._frames)))


def line_at(code: CodeType, instruction: int, number: int) -> Line:
    """The line of an instruction of `code`, in the run of that number."""
    line, _, column, _ = _positions(code)[instruction // 2]
    at = sys.maxsize if column is None else column
    return Line(function_of(code), line or code.co_firstlineno, at, number)


def function_of(code: CodeType) -> Function:
    """The function that a code object belongs to."""
    return Function(code.co_filename, code.co_name, code.co_firstlineno)


@functools.lru_cache(maxsize=1024)
def _positions(code: CodeType) -> tuple[tuple[int | None, int | None, int | None, int | None], ...]:
    return tuple(code.co_positions())


def split_lines(text: str) -> list[str]:
    """The lines of a program's text as Python counts them: a form feed or U+2028 ends none."""
    return text.removesuffix("\n").split("\n")


class Files:
    """The source files of one trace, each read and parsed once.

    Args:
        texts: of files that are on no disk, by their names.
    """

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        self._lines: dict[str, list[str]] = {file: _lines(text) for file, text in (texts or {}).items()}
        self._texts: dict[str, str] = {}
        self._trees: dict[str, ast.Module | None] = {}
        self._parsed: dict[str, Parsed] = {}
        self._statements: dict[Place, Statement | None] = {}
        self._sources: dict[Line, Source | None] = {}

    def lines(self, file: str) -> list[str]:
        """The file's lines, each with its "\\n"; [] where there is no text."""
        if file not in self._lines:
            if Path(file).exists():
                linecache.checkcache(file)
            self._lines[file] = _lines("".join(linecache.getlines(file)))
        return self._lines[file]

    def text(self, file: str) -> str:
        """The file's whole text."""
        if file not in self._texts:
            self._texts[file] = "".join(self.lines(file))
        return self._texts[file]

    def tree(self, file: str) -> ast.Module | None:
        """The file's syntax tree; None where it has none."""
        if file not in self._trees:
            self._trees[file] = syntax_tree(self.text(file))
        return self._trees[file]

    def statement(self, line: Line) -> Statement | None:
        """The innermost statement that `line` belongs to; None where there is no source text."""
        place = (line.function, line.number, line.column)
        if place not in self._statements:
            found = [s for s in self._parse(line.function.file).statements.get(line.number, ()) if _begun(s, line)]
            self._statements[place] = found[-1] if found else None
        return self._statements[place]

    def source(self, line: Line) -> Source | None:
        """`line` with its text; None where there is none (code from exec, a file that is gone or was changed)."""
        if line not in self._sources:
            self._sources[line] = self._read(line)
        return self._sources[line]

    def _read(self, line: Line) -> Source | None:
        text = self.lines(line.function.file)[line.number - 1 : line.number]
        if not text or not self.has(line.function):
            return None
        found = self.statement(line)
        first, last = (found.first, found.last) if found else (line.number, line.number)
        return Source(line.function.file, line.number, text[0].strip(), line.function.name, first, last)

    def statement_text(self, source: Source) -> str:
        """The whole statement of `source`, dedented."""
        lines = self.lines(source.file)[source.first - 1 : source.last]
        return _dedented("".join(lines))

    def has(self, function: Function) -> bool:
        """Whether there is the text that it was compiled from: one that has the function at its place."""
        if not self.lines(function.file):
            return False
        functions = self._parse(function.file).functions
        placed = function.first and (function.name == "<lambda>" or not function.name.startswith("<"))
        return functions is None or not placed or (function.name, function.first) in functions

    def _parse(self, file: str) -> "Parsed":
        if file not in self._parsed:
            self._parsed[file] = _parse(self.text(file))
        return self._parsed[file]


def _begun(statement: Statement, line: Line) -> bool:
    return line.number > statement.first or line.column >= statement.column


@dataclass(frozen=True)
class Parsed:
    """A file's statements by their lines, those within others after these, and where its functions begin."""

    statements: Mapping[int, Sequence[Statement]]
    functions: Set[tuple[str, int]] | None
    """None where the text is no Python that can be read."""


@functools.lru_cache(maxsize=256)
def _lines(text: str) -> list[str]:
    ended = text.replace("\r\n", "\n").replace("\r", "\n")
    return [f"{line}\n" for line in split_lines(ended)] if text else []


@functools.lru_cache(maxsize=4096)
def _dedented(text: str) -> str:
    return textwrap.dedent(text).rstrip()


@functools.lru_cache(maxsize=256)
def syntax_tree(text: str) -> ast.Module | None:
    """The syntax tree of a file's text, None where it has none; kept, because a live page asks with every picture."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


@functools.lru_cache(maxsize=64)
def _parse(text: str) -> Parsed:
    tree = syntax_tree(text)
    if tree is None:
        return Parsed({}, None)
    statements: dict[int, list[Statement]] = {}
    functions: set[tuple[str, int]] = set()
    for node in ast.walk(tree):  # those that contain others before those that they contain
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.add((node.name, min([node.lineno, *(d.lineno for d in node.decorator_list)])))
        if isinstance(node, ast.Lambda):
            functions.add(("<lambda>", node.lineno))
        if isinstance(node, ast.stmt | ast.match_case):
            entry = _statement(node)
            for line in range(entry.first, entry.last + 1):
                statements.setdefault(line, []).append(entry)
    return Parsed(statements, functions)


def _statement(node: ast.stmt | ast.match_case) -> Statement:
    """Of a statement that contains others, its head only."""
    begin = node.pattern if isinstance(node, ast.match_case) else node
    body = getattr(node, "body", None) or getattr(node, "cases", None)
    last = begin.end_lineno or begin.lineno
    if isinstance(body, list) and body:
        inner = body[0].pattern if isinstance(body[0], ast.match_case) else body[0]
        last = max(begin.lineno, inner.lineno - 1)
    return Statement(begin.lineno, last, begin.col_offset, _targets(node), _hands_on(node))


def _targets(node: ast.AST) -> tuple[str, ...]:
    if isinstance(node, ast.Assign):
        target = node.targets[0]
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign)):
        target = node.target
    else:
        return ()
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    return tuple(_target_name(part) for part in parts)


def _target_name(target: ast.expr) -> str:
    """x of ``x``, ``x[…]``, ``self.x`` and ``*x``."""
    if isinstance(target, ast.Subscript | ast.Starred):
        return _target_name(target.value)
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""


def _hands_on(node: ast.AST) -> bool:
    call = node.value if isinstance(node, ast.Return) else None
    if not isinstance(call, ast.Call):
        return False
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    return not any(isinstance(inner, ast.Call) for argument in arguments for inner in ast.walk(argument))
