"""Which expression made each entry of an ``nn.Sequential`` or ``nn.ModuleList``: written out, or gathered in a list.

Entries that are written out, ``Sequential(a, b)``, are told by their place. Of a list that loops and conditions filled,
the text says which entries may follow each other; the classes of the entries that are there say which way was taken.
Where they leave a choice there is no answer.
"""

import ast
import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from torch import nn

Statements = tuple[ast.stmt, ...]
_NESTED = ("body", "orelse", "finalbody")
_FEW = 8
"""Names that are followed within each other."""


@dataclass(frozen=True)
class Made:
    """An expression that made a module, and the statements around it, where its names get their values."""

    expression: ast.expr
    scope: Statements


def last_name(function: ast.expr) -> str:
    """c of ``a.b.c``."""
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def entry(made: Made, module: nn.Module | None, place: str) -> Made | None:
    """What made the entry at `place` of `module`, which `made` made; None where it cannot be told."""
    written = entries(made.expression).get(place)
    if written is not None:
        return Made(written, made.scope)
    children = {} if module is None else dict(module.named_children())
    if place not in children:
        return None
    classes = tuple(type(child).__name__ for child in children.values())
    found = _gathered(made, classes)[list(children).index(place)]
    return None if found is None else Made(found, made.scope)


@functools.lru_cache(maxsize=64)
def _gathered(made: Made, classes: tuple[str, ...]) -> list[ast.expr | None]:
    """What made each of the modules of these classes that the call `made` was given."""
    if not isinstance(made.expression, ast.Call):
        return [None] * len(classes)
    plan = _Plan(made.scope, made.expression.lineno)
    plan.add_all(made.expression.args)
    return plan.taken(classes)


@functools.lru_cache(maxsize=1024)
def followed(made: Made, tree: ast.Module, cls: str) -> Made:
    """The call of class `cls` that `made` comes to: within it, or behind a name or a function of the same file."""
    for _ in range(_FEW):
        value = made.expression
        within = [node for node in ast.walk(value) if isinstance(node, ast.Call) and last_name(node.func) == cls]
        if within:
            return Made(within[0], made.scope)
        further = _given(value.id, made.scope) if isinstance(value, ast.Name) else _returned(value, tree)
        if further is None:
            break
        made = further
    return made


def _returned(value: ast.expr, tree: ast.Module) -> Made | None:
    """What the function that `value` calls returns, if there is one of that name and one return."""
    name = last_name(value.func) if isinstance(value, ast.Call) else ""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
    if len(functions) != 1:
        return None
    values = [s.value for s in _all(functions[0].body) if isinstance(s, ast.Return) and s.value is not None]
    return Made(values[0], tuple(functions[0].body)) if len(values) == 1 else None


def around(node: ast.expr, tree: ast.Module) -> Statements:
    """The statements of the innermost function that `node` stands in, or of the file."""
    last = node.end_lineno or node.lineno
    functions = [f for f in ast.walk(tree) if isinstance(f, ast.FunctionDef) and f.lineno <= node.lineno]
    inner = [f for f in functions if (f.end_lineno or f.lineno) >= last]
    return tuple(max(inner, key=lambda f: f.lineno).body if inner else tree.body)


def of_name(name: str, tree: ast.Module) -> Made | None:
    """What makes the network that a file has under `name`: its last value, or what the function gives."""
    call = ast.Call(ast.Name(name), [], [])
    return _given(name, tuple(tree.body)) or _returned(call, tree)


def _given(name: str, scope: Statements) -> Made | None:
    """What a name was given at last."""
    found = [s.value for s in _all(scope) if isinstance(s, ast.Assign) and any(_is(t, name) for t in s.targets)]
    return Made(found[-1], scope) if found else None


def _all(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in statements:
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
            for block in _NESTED:
                yield from _all(getattr(statement, block, []))


def _is(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


@dataclass
class _Plan:
    """The orders in which entries may stand, as the edges of an automaton: from, to, the entry (None: nothing)."""

    scope: Statements
    before: int
    """The line at which the list is used: what is put into it behind that does not count."""
    edges: list[tuple[int, int, ast.expr | None]] = field(default_factory=list)
    end: int = 0
    states: int = 1
    following: tuple[str, ...] = ()

    def taken(self, classes: Sequence[str]) -> list[ast.expr | None]:
        """For each of modules of these classes the only entry that may have made it; None where others may, too."""
        ahead = [self._closed({0}, forward=True)]
        for name in classes:
            ahead.append(self._closed({b for a, b, e in self.edges if a in ahead[-1] and _fits(e, name)}, forward=True))
        taken: list[ast.expr | None] = []
        behind = self._closed({self.end}, forward=False)
        for place, name in reversed(list(enumerate(classes))):
            fitting = [(a, e) for a, b, e in self.edges if b in behind and _fits(e, name)]
            found = [e for a, e in fitting if a in ahead[place]]
            taken.insert(0, found[0] if len(found) == 1 else None)
            behind = self._closed({a for a, _ in fitting}, forward=False)
        return taken

    def _closed(self, states: set[int], forward: bool) -> set[int]:
        """With those that are reached without an entry."""
        ways: dict[int, list[int]] = {}
        for a, b, e in self.edges:
            if e is None:
                ways.setdefault(a if forward else b, []).append(b if forward else a)
        todo = list(states)
        while todo:
            new = [s for s in ways.get(todo.pop(), ()) if s not in states]
            states |= set(new)
            todo += new
        return states

    def add_all(self, elements: Iterable[ast.expr]) -> None:
        """Of the arguments of a call or the elements of a list; one argument alone is the list itself."""
        elements = list(elements)
        if len(elements) == 1 and isinstance(elements[0], ast.Name | ast.List | ast.ListComp | ast.GeneratorExp):
            self._add_list(elements[0])
            return
        for element in elements:
            self._add(element)

    def _add(self, element: ast.expr) -> None:
        if isinstance(element, ast.Starred):
            self._add_list(element.value)
        elif isinstance(element, ast.IfExp):
            self._either(partial(self._add, element.body), partial(self._add, element.orelse))
        else:
            self._step(element)

    def _add_list(self, value: ast.expr) -> None:
        if isinstance(value, ast.List | ast.Tuple):
            for element in value.elts:
                self._add(element)
        elif isinstance(value, ast.ListComp | ast.GeneratorExp):
            self._often(partial(self._add, value.elt))
        elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add):
            self._add_list(value.left)
            self._add_list(value.right)
        elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult):
            self._often(partial(self._add_list, value.left))
        elif isinstance(value, ast.IfExp):
            self._either(partial(self._add_list, value.body), partial(self._add_list, value.orelse))
        elif isinstance(value, ast.Name) and value.id not in self.following and len(self.following) < _FEW:
            self.following += (value.id,)
            self._statements(self.scope, value.id)
            self.following = self.following[:-1]
        elif not isinstance(value, ast.Name) or value.id not in self.following:
            self._often(partial(self._step, value))

    def _statements(self, statements: Iterable[ast.stmt], name: str) -> None:
        """Follow what is put into the list `name`."""
        begin = self.end
        for statement in statements:
            if statement.lineno > self.before:
                break
            if isinstance(statement, ast.For | ast.While):
                self._often(partial(self._statements, statement.body, name))
            elif isinstance(statement, ast.If):
                self._either(*(partial(self._statements, body, name) for body in (statement.body, statement.orelse)))
            elif isinstance(statement, ast.With | ast.Try):
                self._statements(statement.body, name)
            elif isinstance(statement, ast.Assign) and any(_is(target, name) for target in statement.targets):
                if not any(_is(node, name) for node in ast.walk(statement.value) if isinstance(node, ast.expr)):
                    self.edges = [edge for edge in self.edges if edge[0] < begin]  # the list begins anew
                    self.end = begin
                self._add_list(statement.value)
            elif isinstance(statement, ast.AugAssign) and _is(statement.target, name):
                self._add_list(statement.value)
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                self._method(statement.value, name)

    def _method(self, call: ast.Call, name: str) -> None:
        if isinstance(call.func, ast.Attribute) and _is(call.func.value, name) and len(call.args) == 1:
            if call.func.attr == "append":
                self._add(call.args[0])
            elif call.func.attr == "extend":
                self._add_list(call.args[0])

    def _state(self) -> int:
        self.states += 1
        return self.states - 1

    def _step(self, entry: ast.expr | None) -> None:
        before, self.end = self.end, self._state()
        self.edges.append((before, self.end, entry))

    def _often(self, add: Callable[[], None]) -> None:
        self._step(None)
        begin = self.end
        add()
        self.edges.append((self.end, begin, None))
        self.end = begin
        self._step(None)

    def _either(self, *ways: Callable[[], None]) -> None:
        begin, ends = self.end, []
        for way in ways:
            self.end = begin
            self._step(None)
            way()
            ends.append(self.end)
        self.end = self._state()
        self.edges += [(end, self.end, None) for end in ends]


def _fits(entry: ast.expr | None, name: str) -> bool:
    """Whether the entry may have made a module of that class: a function, as by its small letter, may make any."""
    if not isinstance(entry, ast.Call):
        return entry is not None
    called = last_name(entry.func)
    return called == name or not called[:1].isupper()


def entries(made: ast.expr) -> dict[str, ast.expr]:
    """The entries of ``Sequential(a, b)``, ``Sequential(OrderedDict([("a", a), …]))`` or ``ModuleList([a, b])``."""
    if not isinstance(made, ast.Call) or not made.args:
        return {}
    written = made.args
    if len(written) == 1 and isinstance(written[0], ast.Call) and last_name(written[0].func) == "OrderedDict":
        return _items(written[0])
    if len(written) == 1 and isinstance(written[0], ast.Dict):
        return _items(made)
    if len(written) == 1 and isinstance(written[0], (ast.List, ast.Tuple)):
        written = written[0].elts
    alone = len(written) == 1 and isinstance(written[0], ast.Name)  # maybe a list's
    if alone or any(isinstance(e, (ast.Starred, ast.ListComp, ast.GeneratorExp)) for e in written):
        return {}
    return {str(i): entry for i, entry in enumerate(written)}


def _items(mapping: ast.Call) -> dict[str, ast.expr]:
    """The items of ``OrderedDict([("a", a), …])``, ``OrderedDict({"a": a})`` or ``OrderedDict(a=a)``."""
    first = mapping.args[0] if mapping.args else None
    pairs: list[tuple[ast.expr | None, ast.expr]] = []
    if isinstance(first, ast.Dict):
        pairs = list(zip(first.keys, first.values, strict=True))
    elif isinstance(first, (ast.List, ast.Tuple)):
        pairs = [(e.elts[0], e.elts[1]) for e in first.elts if isinstance(e, ast.Tuple) and len(e.elts) == 2]
    named = {str(key.value): value for key, value in pairs if isinstance(key, ast.Constant)}
    return named | {k.arg: k.value for k in mapping.keywords if k.arg}
