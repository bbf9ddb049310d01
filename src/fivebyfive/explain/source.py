"""Which lines of the user's own code are running: from Python's frames to file, line, statement and target.

Code is the user's unless it belongs to PyTorch, to the standard library, to ops.py or to this package's explain/.
"""

import ast
import functools
import linecache
import os
import sysconfig
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType

import torch
from torch import nn

from fivebyfive.explain.trace import Source

_PACKAGE = Path(__file__).parent.parent
_TORCH = str(Path(torch.__file__).parent) + os.sep
_STDLIB = str(Path(sysconfig.get_paths()["stdlib"])) + os.sep
_SITE = tuple(str(Path(sysconfig.get_paths()[key])) + os.sep for key in ("purelib", "platlib"))
_OURS = (str(_PACKAGE / "ops.py"), str(_PACKAGE / "explain") + os.sep)
_MODULE_CALL = nn.Module._call_impl.__code__
_COMPREHENSIONS = frozenset({"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"})
"""Frames of their own that are part of the statement around them; from Python 3.12 on most of them are no frames."""


@dataclass(frozen=True)
class Line:
    """Where one frame stands: its code object and its line."""

    code: CodeType
    number: int


@dataclass(frozen=True)
class Stack:
    """The user's lines of one call, outermost first, each with the modules that had been entered by then."""

    lines: tuple[Line, ...]
    depths: tuple[int, ...]
    """For each line, how many of ``modules`` were running."""
    modules: tuple[nn.Module, ...]


@dataclass(frozen=True)
class Statement:
    """A statement of a file: its lines and the names that it assigns."""

    first: int
    last: int
    targets: tuple[str, ...]
    hands_on: bool
    """Whether it does nothing but return another function's result: ``return f(…)``, no call among f's arguments."""


@functools.cache
def is_users(file: str) -> bool:
    """Whether code in `file` is the user's own."""
    if file.startswith((_TORCH, *_OURS, "<frozen")):
        return False
    return not (file.startswith(_STDLIB) and not file.startswith(_SITE) and "site-packages" not in file)


def stack(frame: FrameType | None, until: CodeType) -> Stack:
    """The user's lines from `frame` out to the frame that runs `until`."""
    lines: list[Line] = []
    entered: list[int] = []
    modules: list[nn.Module] = []
    while frame is not None and frame.f_code is not until:
        code = frame.f_code
        if code is _MODULE_CALL:
            modules.append(frame.f_locals["self"])
        elif is_users(code.co_filename) and code.co_name not in _COMPREHENSIONS:
            lines.append(Line(code, frame.f_lineno))
            entered.append(len(modules))
        frame = frame.f_back
    depths = tuple(len(modules) - inner for inner in reversed(entered))
    return Stack(tuple(reversed(lines)), depths, tuple(reversed(modules)))


class Files:
    """The source files of one trace, each read and parsed once."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}
        self._statements: dict[str, Mapping[int, Statement]] = {}

    def lines(self, file: str) -> list[str]:
        """The file's lines, [] where there is no text; notebook cells are found as IPython keeps them."""
        if file not in self._lines:
            linecache.checkcache(file)
            self._lines[file] = linecache.getlines(file)
        return self._lines[file]

    def statement(self, line: Line) -> Statement | None:
        """The innermost statement that `line` belongs to; None where there is no source text."""
        file = line.code.co_filename
        if file not in self._statements:
            self._statements[file] = _parse("".join(self.lines(file)))
        return self._statements[file].get(line.number)

    def source(self, line: Line) -> Source | None:
        """`line` with its text; None where there is none (code from exec or from a deleted file)."""
        text = self.lines(line.code.co_filename)[line.number - 1 : line.number]
        if not text:
            return None
        found = self.statement(line)
        first, last = (found.first, found.last) if found else (line.number, line.number)
        return Source(line.code.co_filename, line.number, text[0].strip(), line.code.co_name, first, last)

    def statement_text(self, source: Source) -> str:
        """The whole statement of `source`, dedented."""
        lines = self.lines(source.file)[source.first - 1 : source.last]
        return textwrap.dedent("".join(lines)).rstrip()


@functools.lru_cache(maxsize=64)
def syntax_tree(text: str) -> ast.Module | None:
    """The syntax tree of a file's text, None where it has none; kept, because a live page asks with every picture."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


@functools.lru_cache(maxsize=64)
def _parse(text: str) -> Mapping[int, Statement]:
    tree = syntax_tree(text)
    if tree is None:
        return {}
    found: dict[int, Statement] = {}
    for node in _statements_within(tree):
        entry = _statement(node)
        found.update(dict.fromkeys(range(entry.first, entry.last + 1), entry))
    return found


def _statements_within(tree: ast.AST) -> Iterator[ast.stmt]:
    """Statements, those that contain others before those that they contain."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            yield node


def _statement(node: ast.stmt) -> Statement:
    body = getattr(node, "body", None)
    last = node.end_lineno or node.lineno
    if isinstance(body, list) and body:  # of a statement that contains others, its head only
        last = max(node.lineno, body[0].lineno - 1)
    return Statement(node.lineno, last, _targets(node), _hands_on(node))


def _targets(node: ast.stmt) -> tuple[str, ...]:
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


def _hands_on(node: ast.stmt) -> bool:
    call = node.value if isinstance(node, ast.Return) else None
    if not isinstance(call, ast.Call):
        return False
    arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
    return not any(isinstance(inner, ast.Call) for argument in arguments for inner in ast.walk(argument))
