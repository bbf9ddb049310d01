"""Where modules were made: ``self.conv1 = nn.Conv2d(…)``, and the entries of an ``nn.Sequential`` one by one.

A module does not know the line that made it, so its parent's ``__init__`` is read: the assignment to its name, and
within it, for a Sequential written out in full, the argument at its place. Where that finds nothing there is no line.
"""

import ast
import functools
import inspect
import linecache
import sys
from collections.abc import Iterator
from types import CodeType
from typing import TypeGuard

from torch import nn

from fivebyfive.explain.source import Files, is_users, syntax_tree
from fivebyfive.explain.trace import Source


class Definitions:
    """Finds the line that made each of a network's modules, and the ends of its forward."""

    def __init__(self, network: nn.Module, files: Files) -> None:
        self._network, self._files = network, files

    def line(self, path: str) -> Source | None:
        """The line that made the module at `path`; None where it cannot be told."""
        parts = path.split(".") if path else []
        if not is_users(inspect.getfile(type(self._network))):
            return None if self._root is None else self._within(*self._root, parts)
        for cut in range(len(parts) - 1, -1, -1):
            parent = self._network.get_submodule(".".join(parts[:cut]))
            initializer = self._initializer(type(parent))
            if initializer is None:
                continue
            file, node = initializer
            made = _assigned(node, parts[cut])
            return self._within(file, made, parts[cut + 1 :]) if made is not None else None
        return None

    def ends(self, code: CodeType | None) -> tuple[Source | None, Source | None]:
        """The line that a function begins with, and the one that it returns with."""
        node = None if code is None or not is_users(code.co_filename) else self._function(code)
        if code is None or node is None:
            return None, None
        returns = [n.lineno for n in ast.walk(node) if isinstance(n, ast.Return)]
        end = self._source(code.co_filename, max(returns)) if returns else None
        return self._source(code.co_filename, node.lineno), end

    @functools.cached_property
    def _root(self) -> tuple[str, ast.expr] | None:
        """For a network of a PyTorch class: the file and the expression that it is written out in."""
        for file in dict.fromkeys(_near_files()):
            written = any(f"{type(self._network).__name__}(" in line for line in self._files.lines(file))
            tree = self._tree(file) if written else None
            found = [node for node in ast.walk(tree) if _makes(node, self._network)] if tree else []
            if found:
                return file, max(found, key=lambda node: node.lineno)
        return None

    def _within(self, file: str, made: ast.expr, rest: list[str]) -> Source | None:
        """Follow the places in Sequentials that are written out: Sequential(a, b, Sequential(c, d))."""
        for part in rest:
            inner = _entry(made, part)
            if inner is None:
                break
            made = inner
        return self._source(file, made.lineno)

    def _source(self, file: str, line: int) -> Source | None:
        text = self._files.lines(file)[line - 1 : line]
        return Source(file, line, text[0].strip(), "", line, line) if text else None

    def _initializer(self, cls: type) -> tuple[str, ast.FunctionDef] | None:
        """The file of the user's class and the syntax tree of its ``__init__``."""
        function = inspect.unwrap(inspect.getattr_static(cls, "__init__"))
        code = getattr(function, "__code__", None)
        if code is None or not is_users(code.co_filename):
            return None
        node = self._function(code)
        return None if node is None else (code.co_filename, node)

    def _function(self, code: CodeType) -> ast.FunctionDef | None:
        tree = self._tree(code.co_filename)
        for node in ast.walk(tree) if tree else ():
            named = isinstance(node, ast.FunctionDef) and node.name == code.co_name
            if isinstance(node, ast.FunctionDef) and named and code.co_firstlineno in _first_lines(node):
                return node
        return None

    def _tree(self, file: str) -> ast.Module | None:
        return syntax_tree("".join(self._files.lines(file)))


def _first_lines(node: ast.FunctionDef) -> range:
    """From the first decorator to the line of ``def``."""
    decorators = [d.lineno for d in node.decorator_list]
    return range(min([node.lineno, *decorators]), node.lineno + 1)


def _assigned(function: ast.FunctionDef, name: str) -> ast.expr | None:
    """What ``self.name = …`` assigns."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        else:
            continue
        if any(isinstance(target, ast.Attribute) and target.attr == name for target in targets):
            return node.value
    return None


def _near_files() -> Iterator[str]:
    """Where a network without a class of its own may be written: the callers' files, loaded ones, notebook cells."""
    frame = inspect.currentframe()
    while frame is not None:
        if is_users(frame.f_code.co_filename) and "site-packages" not in frame.f_code.co_filename:
            yield frame.f_code.co_filename
        frame = frame.f_back
    own = [module for name, module in sys.modules.items() if name.startswith("fivebyfive_own_")]
    yield from (str(module.__file__) for module in reversed(own))
    yield from (file for file in reversed(linecache.cache) if "ipython-input" in file or "ipykernel" in file)


def _makes(node: ast.AST, module: nn.Module) -> TypeGuard[ast.Call]:
    """Whether the expression is written like `module`: its class, and the classes of all its entries."""
    if not isinstance(node, ast.Call) or _last_name(node.func) != type(module).__name__:
        return False
    children = list(module.children())
    entries = [_entry(node, str(i)) for i in range(len(children))]
    if len(children) != len(node.args) and children:
        return False
    return all(
        isinstance(entry, ast.Call) and _last_name(entry.func) == type(child).__name__
        for entry, child in zip(entries, children, strict=True)
    )


def _last_name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _entry(made: ast.expr, place: str) -> ast.expr | None:
    """The expression at `place` of ``Sequential(a, b)``, ``Sequential(OrderedDict(a=…))`` or ``ModuleList([a, b])``."""
    if not isinstance(made, ast.Call) or not made.args:
        return None
    entries = made.args
    if len(entries) == 1 and isinstance(entries[0], (ast.List, ast.Tuple)):
        entries = entries[0].elts
    if not place.isdigit() or any(isinstance(e, (ast.Starred, ast.ListComp)) for e in entries):
        return None
    return entries[int(place)] if int(place) < len(entries) else None
