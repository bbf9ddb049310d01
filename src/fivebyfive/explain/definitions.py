"""Where modules were made: ``self.conv1 = nn.Conv2d(…)``, and the entries of an ``nn.Sequential`` one by one.

A module does not know the line that made it, so the methods of its parent's class are read, ``__init__`` first, and
those of the classes that it inherits from: the assignment to its name, or the call that registers it; and within it,
for a Sequential, what made the entry at its place. Where that finds nothing there is no line.
"""

import ast
import functools
import inspect
import linecache
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import CodeType
from typing import TypeGuard

from torch import nn

from fivebyfive.explain.entries import Made, around, entries, entry, followed, last_name, of_name
from fivebyfive.explain.source import Files, Function, function_of, is_users
from fivebyfive.explain.step import Source
from fivebyfive.networks.from_file import made_by

_PACKAGE = str(Path(__file__).parent.parent)


class Definitions:
    """Finds the line that made each of a network's modules, and the ends of its forward."""

    def __init__(self, network: nn.Module, files: Files) -> None:
        self._network, self._files = network, files
        self._read: dict[type, list[tuple[str, ast.FunctionDef]]] = {}

    def line(self, path: str) -> Source | None:
        """The line that made the module at `path`; None where it cannot be told."""
        parts = path.split(".") if path else []
        if is_pytorchs(type(self._network)):
            return None if self._root is None else self._within(*self._root, [], parts)
        for cut in range(len(parts) - 1, -1, -1):
            parent = self._parent(parts[:cut])
            for file, method in self._methods(type(parent)):
                made = _registered(method, parts[cut])
                if made is not None:
                    return self._within(file, Made(made, tuple(method.body)), parts[: cut + 1], parts[cut + 1 :])
        return None

    def _parent(self, parts: list[str]) -> nn.Module:
        """The module at a path; of one that is not registered, the one that it ran in."""
        return self._module(parts) or self._parent(parts[:-1])

    def ends(self, function: Function | None) -> tuple[Source | None, Source | None]:
        """The line that a function begins with, and the one that it returns with; by default the forward's."""
        if function is None:
            code = getattr(inspect.unwrap(self._network.forward), "__code__", None)
            function = None if code is None else function_of(code)
        return (None, None) if function is None else ends_of(function, self._files)

    @functools.cached_property
    def _root(self) -> tuple[str, Made] | None:
        """For a network of a PyTorch class: the file and the expression that it is written out in."""
        name = type(self._network).__name__
        known = made_by(self._network)
        if known is not None:
            tree = self._tree(str(known[0]))
            made = of_name(known[1], tree) if tree else None
            return None if tree is None or made is None else (str(known[0]), followed(made, tree, name))
        for near in _near_files():
            files = [file for file in near if any(f"{name}(" in line for line in self._files.lines(file))]
            for like in (_makes, _may_make):
                for file in files:
                    tree = self._tree(file)
                    found = [node for node in _calls(tree, name) if like(node, self._network)] if tree else []
                    if tree and found:
                        last = max(found, key=lambda node: node.lineno)
                        return file, Made(last, around(last, tree))
        return None

    def _within(self, file: str, made: Made, path: list[str], rest: list[str]) -> Source | None:
        """Follow the places in Sequentials: Sequential(a, b, Sequential(c, d)).

        Args:
            path: of the module that `made` made; `rest`, from there on.
        """
        tree = self._tree(file)
        for part in rest:
            module = self._module(path)
            if tree is not None and module is not None:
                made = followed(made, tree, type(module).__name__)
            inner = entry(made, module, part)
            if inner is None:
                break
            made, path = inner, [*path, part]
        return self._source(file, made.expression.lineno)

    def _module(self, path: list[str]) -> nn.Module | None:
        """The module at a path, if it is registered."""
        try:
            return self._network.get_submodule(".".join(path))
        except AttributeError:
            return None

    def _source(self, file: str, line: int) -> Source | None:
        return _plain(file, line, self._files)

    def _methods(self, cls: type) -> list[tuple[str, ast.FunctionDef]]:
        """The files and syntax trees of the functions of a user's class and of those before it, ``__init__`` first."""
        if cls not in self._read:
            self._read[cls] = list(self._methods_of(owner for owner in cls.__mro__ if not is_pytorchs(owner)))
        return self._read[cls]

    def _methods_of(self, classes: Iterable[type]) -> Iterator[tuple[str, ast.FunctionDef]]:
        for owner in classes:
            functions = sorted(vars(owner).items(), key=lambda item: item[0] != "__init__")
            for _, function in functions:
                code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
                if isinstance(code, CodeType) and is_users(code.co_filename):
                    node = self._function(function_of(code))
                    if isinstance(node, ast.FunctionDef):
                        yield code.co_filename, node

    def _function(self, function: Function) -> ast.FunctionDef | ast.Lambda | None:
        return _node(function, self._files)

    def _tree(self, file: str) -> ast.Module | None:
        return self._files.tree(file)


def ends_of(function: Function, files: Files) -> tuple[Source | None, Source | None]:
    """The line that a function begins with, and the one that it returns with."""
    node = _node(function, files) if is_users(function.file) else None
    if node is None:
        return None, None
    begin = _plain(function.file, node.lineno, files)
    if isinstance(node, ast.Lambda):
        return begin, begin
    returns = [n.lineno for n in _own(node) if isinstance(n, ast.Return)]
    return begin, _plain(function.file, max(returns), files) if returns else None


def _node(function: Function, files: Files) -> ast.FunctionDef | ast.Lambda | None:
    tree = files.tree(function.file)
    return None if tree is None else _functions(tree).get((function.name, function.first))


def _plain(file: str, line: int, files: Files) -> Source | None:
    text = files.lines(file)[line - 1 : line]
    return Source(file, line, text[0].strip(), "", line, line) if text else None


@functools.lru_cache(maxsize=64)
def _functions(tree: ast.Module) -> dict[tuple[str, int], ast.FunctionDef | ast.Lambda]:
    """A file's functions by their names and the lines that they may begin in."""
    found: dict[tuple[str, int], ast.FunctionDef | ast.Lambda] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for line in _first_lines(node):
                found.setdefault((node.name, line), node)
        elif isinstance(node, ast.Lambda):
            found.setdefault(("<lambda>", node.lineno), node)
    return found


def _first_lines(node: ast.FunctionDef) -> range:
    """From the first decorator to the line of ``def``."""
    decorators = [d.lineno for d in node.decorator_list]
    return range(min([node.lineno, *decorators]), node.lineno + 1)


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function, without those of the functions within it."""
    for node in ast.iter_child_nodes(function):
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield from _own(node)


def is_pytorchs(cls: type) -> bool:
    """Whether it is one of PyTorch's own classes, such as ``nn.Sequential``."""
    return cls.__module__.partition(".")[0] == "torch"


def _registered(function: ast.FunctionDef, name: str) -> ast.expr | None:
    """What ``self.name = …`` assigns, or ``self.add_module("name", …)`` and ``setattr(self, f"na{…}", …)`` register."""
    return next((made for pattern, made in _registrations(function) if pattern.fullmatch(name)), None)


@functools.lru_cache(maxsize=1024)
def _registrations(function: ast.FunctionDef) -> list[tuple[re.Pattern[str], ast.expr]]:
    """All that a function assigns to attributes or registers: which names it may have, and what made it."""
    found: list[tuple[re.Pattern[str], ast.expr]] = []
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            pairs = [pair for target in node.targets for pair in _pairs(target, node.value)]
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            pairs = [(node.target, node.value)]
        else:
            pairs = []
        found += [(re.compile(re.escape(t.attr)), made) for t, made in pairs if isinstance(t, ast.Attribute)]
        if isinstance(node, ast.Call):
            found += _added(node)
    return found


def _pairs(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """Each target with what it gets: ``self.a, self.b = A(), B()``."""
    if not isinstance(target, ast.Tuple | ast.List):
        return [(target, value)]
    same = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
    values = value.elts if same and isinstance(value, ast.Tuple | ast.List) else [value] * len(target.elts)
    return list(zip(target.elts, values, strict=True))


def _added(call: ast.Call) -> list[tuple[re.Pattern[str], ast.expr]]:
    arguments = call.args[1:] if last_name(call.func) == "setattr" else call.args
    registers = last_name(call.func) in ("add_module", "register_module", "setattr")
    return [(re.compile(_pattern(arguments[0])), arguments[1])] if registers and len(arguments) == 2 else []


def _pattern(text: ast.expr) -> str:
    """A regular expression for what a string, an f-string or ``"na" + str(i)`` may be; for any other, of nothing."""
    if isinstance(text, ast.Constant):
        return re.escape(str(text.value))
    if isinstance(text, ast.JoinedStr):
        return "".join(_pattern(part) if isinstance(part, ast.Constant) else ".+" for part in text.values)
    if isinstance(text, ast.BinOp) and isinstance(text.op, ast.Add):
        return "".join(
            _pattern(p) if isinstance(p, ast.Constant | ast.BinOp) else ".+" for p in (text.left, text.right)
        )
    return "(?!)"


def _near_files() -> Iterator[list[str]]:
    """Where a network without a class of its own may be written, the nearest first: the callers' files, the cells of a
    notebook, all that is loaded.
    """
    callers: list[str] = []
    frame = inspect.currentframe()
    while frame is not None:
        callers += [frame.f_code.co_filename] if _may_write(frame.f_code.co_filename) else []
        frame = frame.f_back
    cells = [file for file in reversed(list(linecache.cache)) if "ipython-input" in file or "ipykernel" in file]
    loaded = [getattr(module, "__file__", None) for module in reversed(list(sys.modules.values()))]
    files = [file for file in loaded if isinstance(file, str) and file.endswith(".py") and _may_write(file)]
    yield from (list(dict.fromkeys(group)) for group in (callers, cells, files))


def _may_write(file: str) -> bool:
    return is_users(file) and "site-packages" not in file and not file.startswith(_PACKAGE)


@functools.lru_cache(maxsize=256)
def _calls(tree: ast.Module, name: str) -> list[ast.Call]:
    """Every expression of a file that calls what is called so; kept, because a live page asks with every picture."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call) and last_name(node.func) == name]


def _makes(node: ast.AST, module: nn.Module) -> TypeGuard[ast.Call]:
    """Whether the expression is written like `module`: its class, and the classes of all its entries."""
    if not isinstance(node, ast.Call) or last_name(node.func) != type(module).__name__:
        return False
    children = dict(module.named_children())
    if not children:
        return True
    written = entries(node)
    return len(written) == len(children) and all(
        isinstance(made, ast.Call) and last_name(made.func) == type(children.get(name)).__name__
        for name, made in written.items()
    )


def _may_make(node: ast.AST, module: nn.Module) -> TypeGuard[ast.Call]:
    """Whether it is ``Sequential(*layers)``, whose entries are made elsewhere."""
    named = isinstance(node, ast.Call) and last_name(node.func) == type(module).__name__
    return named and isinstance(node, ast.Call) and any(isinstance(argument, ast.Starred) for argument in node.args)
