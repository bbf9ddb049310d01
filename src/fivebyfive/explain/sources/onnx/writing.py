"""What is read beside the steps: a listing, one line a node; or the user's own lines, where the exporter kept them.

Arithmetic on shapes is written where it is needed: ``Reshape(x, [shape(x)[0], -1])``.
"""

import ast
import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor

from fivebyfive.explain.graph import Input, Node
from fivebyfive.explain.source import Line
from fivebyfive.explain.sources.listing import Listing, as_name, as_value
from fivebyfive.explain.sources.onnx.op import Op, Run
from fivebyfive.explain.sources.tracebacks import Lines, frames

PREFIX = "pkg.torch.onnx."
MOST = 8
"""Numbers of a constant that are written in its place."""
LONGEST = 60
SAME = frozenset({"Unsqueeze", "Squeeze", "Cast", "Identity"})
SIGNS = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "//"}
USUAL = {"strides": 1, "dilations": 1, "pads": 0, "output_padding": 0}
"""What all numbers of an attribute are that need not be said."""
Ends = tuple[Line | None, Line | None]


def scopes(proto: Any) -> list[str]:
    """The paths of the modules that PyTorch's exporter noted, the network's own ("") first, and the call's name."""
    found = _literal(_noted(proto, "name_scopes"))
    return found if len(found) > 1 else []


def _noted(proto: Any, key: str) -> str:
    return next((p.value for p in proto.metadata_props if p.key == PREFIX + key), "")


def _literal(text: str) -> list[str]:
    try:
        found = ast.literal_eval(text) if 0 < len(text) < 10_000 else []
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return []
    return [str(part) for part in found] if isinstance(found, list) else []


@dataclass(frozen=True)
class _Own:
    """Where a node stands in the user's code, and among which nodes it is."""

    nodes: list[Node]
    place: int
    lines: tuple[Line, ...]
    depths: tuple[int, ...]
    modules: tuple[str, ...]


class Writer:
    """Writes the listing while nodes come; at the end, the user's lines are taken if all nodes have some."""

    def __init__(self, name: str, constants: Mapping[str, Tensor], learned: Set[str]) -> None:
        self._file, self._constants, self._learned = name, constants, learned
        self._listing = Listing(name)
        self._known = Lines()
        self._own: list[_Own] = []
        self._shapes: dict[str, str] = {}
        self._indent = 1
        self._listing.line("")  # what is given is known later

    def add(
        self, nodes: list[Node], proto: Any, op: Op, name: str, taken: Sequence[str], made: Sequence[str],
        run: Run | None,
    ) -> None:  # fmt: skip
        """One more node."""
        node = Node(op.name, tuple(taken), tuple(made), run, (), (), _paths(name), op.folds_padding)
        if self._is_of_shapes(op, taken):
            self._shapes |= {value: self._expression(op, taken) for value in made}
        else:
            arguments = [self.text(value) for value in taken]
            arguments += [f"{key}={as_value(value)}" for key, value in _said(op).items()]
            called = as_name(op.name.replace(".", "_"))
            self.line(f"{', '.join(as_name(v) if v else '_' for v in made)} = {called}({', '.join(arguments)})")
            node = replace(node, lines=(self.last(),))
            lines, depths = self._known.of(frames(_noted(proto, "stack_trace")))
            modules = _modules(proto)
            if op.folds_padding and not _is_layers(proto):
                modules = (*modules, _paths(name)[-1])  # whose padding is a part of it
            self._own.append(_Own(nodes, len(nodes), lines, depths, modules))
        nodes.append(node)

    def moved(self, nodes: list[Node], into: list[Node]) -> None:
        """These nodes stand at the end of others now."""
        ahead = len(into) - len(nodes)
        self._own = [
            replace(own, nodes=into, place=own.place + ahead) if own.nodes is nodes else own for own in self._own
        ]

    def line(self, text: str) -> None:
        """A line of the listing."""
        self._latest = self._listing.line("    " * self._indent + text)

    def last(self) -> Line:
        """The line that was written last."""
        return self._latest

    def indent(self, by: int) -> None:
        """What follows stands in a branch, or no more."""
        self._indent += by

    def text(self, value: str) -> str:
        """An input as it is written."""
        if not value:
            return "None"
        if value in self._shapes:
            return self._shapes[value]
        constant = self._constants.get(value)
        if constant is None or constant.dim() > 1 or constant.numel() > MOST or constant.is_complex():
            return as_name(value)
        listed = constant.is_floating_point() and constant.dim() == 1
        return as_name(value) if listed else as_value(constant.tolist())

    def finish(
        self, nodes: list[Node], inputs: Sequence[Input], outputs: Sequence[str]
    ) -> tuple[list[Node], Mapping[str, str], Ends]:
        """The nodes with their lines, the texts that are on no disk, and where the image enters and leaves."""
        if self._own and all(own.lines for own in self._own):
            for own in self._own:
                node = own.nodes[own.place]
                own.nodes[own.place] = replace(node, lines=own.lines, depths=own.depths, modules=own.modules)
            lines = [node.lines[0] for node in nodes if node.lines]
            return nodes, {}, (lines[0], lines[-1])
        name = as_name(self._file.rpartition(".")[0] or self._file).replace(".", "_").replace("[", "_").replace("]", "")
        self._listing.written[0] = f"def {name}({', '.join(as_name(given.name) for given in inputs)}):"
        self.line(f"return {', '.join(map(as_name, outputs))}")
        first = replace(self.last(), number=1)
        return nodes, {self._file: self._listing.text()}, (first, self.last())

    def _is_of_shapes(self, op: Op, taken: Sequence[str]) -> bool:
        """Whether it depends on no value that is given and on no weight, only on sizes."""
        plain = (v in self._shapes or (v in self._constants and v not in self._learned) for v in taken if v)
        return op.name in ("Shape", "Size") or all(plain)

    def _expression(self, op: Op, taken: Sequence[str]) -> str:
        parts = [self.text(value) for value in taken]
        if op.name in SAME or (op.name == "Reshape" and op.constant(1) is not None):
            said = parts[0]
        elif op.name in SIGNS and len(parts) == 2:
            said = f"{parts[0]} {SIGNS[op.name]} {parts[1]}"
        elif op.name == "Concat":
            said = f"[{', '.join(part.removeprefix('[').removesuffix(']') if _flat(part) else part for part in parts)}]"
        elif op.name == "Gather":
            said = f"{parts[0]}[{parts[1]}]"
        elif op.name in ("Shape", "Size"):
            said = f"{op.name.lower()}({parts[0]})"
        else:
            said = f"{op.name}({', '.join(parts)})"
        return said if len(said) <= LONGEST else "..."


def _flat(text: str) -> bool:
    """Whether it is one list without another in it."""
    return text.startswith("[") and text.endswith("]") and text.count("[") == 1


def _paths(name: str) -> tuple[str, ...]:
    """A layer's path and those around it, outermost first."""
    parts = name.split(".")
    return tuple(".".join(parts[: n + 1]) for n in range(len(parts)))


def _modules(proto: Any) -> tuple[str, ...]:
    """The paths of the modules around a call."""
    return tuple(scope for scope in scopes(proto)[:-1] if scope)


def _is_layers(proto: Any) -> bool:
    """Whether a layer of PyTorch's own made the call."""
    classes = _literal(_noted(proto, "class_hierarchy"))
    return len(classes) > 1 and classes[-2].startswith("torch.nn.")


def _said(op: Op) -> Mapping[str, Any]:
    """The attributes that are not as they are when they are left out."""
    import onnx

    domain, _, name = op.name.rpartition(".")
    try:
        known = onnx.defs.get_schema(name, op.version, domain).attributes
    except onnx.defs.SchemaError:
        known = {}
    said = {}
    for key, value in op.attributes.items():
        usual = known[key].default_value if key in known else None
        left_out = usual is not None and bool(usual.type)
        left_out = left_out and usual is not None and _is_same(onnx.helper.get_attribute_value(usual), value)
        left_out = left_out or (key in USUAL and isinstance(value, list) and set(value) == {USUAL[key]})
        if _is_plain(value) and not left_out:
            said[key] = value
    return said


def _is_same(usual: Any, value: Any) -> bool:
    if isinstance(usual, float) and isinstance(value, float):
        return math.isclose(usual, value, rel_tol=1e-6)
    return bool((usual.decode() if isinstance(usual, bytes) else usual) == value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(isinstance(inner, (int, float, str)) for inner in value)
    return isinstance(value, (int, float, str))
