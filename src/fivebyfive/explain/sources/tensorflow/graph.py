"""A graph of TensorFlow, as `tf.Graph` and functions have it, as plain nodes.

What is known beforehand (variables, switches such as a share of dropout) is constant; functions that are called are
read in place of their call; the operations that one dropout is made of are one node.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from fivebyfive import ops
from fivebyfive.errors import InputError
from fivebyfive.explain.graph import Node, as_tensor
from fivebyfive.explain.kind import names
from fivebyfive.explain.source import Line
from fivebyfive.explain.sources.tensorflow.table import entries
from fivebyfive.explain.sources.tensorflow.table.moving import OF_SHAPE

PASSED_ON = names(
    """
    Identity IdentityN StopGradient PreventGradient CheckNumerics Snapshot EnsureShape PlaceholderWithDefault
    ReadVariableOp Placeholder PartitionedCall StatefulPartitionedCall _ReadVariablesOp
    """
)
"""Operations whose result is their input."""
CALLS = frozenset({"PartitionedCall", "StatefulPartitionedCall"})
RANDOM = frozenset({"RandomUniform", "StatelessRandomUniform", "StatelessRandomUniformV2"})
DROPOUT = re.compile(r"(?:.*/)?[^/]*dropout[^/]*(?=/)", re.IGNORECASE)
MOST_NESTED = 32
"""Functions that call each other."""

Placed = tuple[tuple[Line, ...], tuple[int, ...], tuple[str, ...]]
"""The lines of an operation, their depths, and the layers that it stands in (`graph.Node`)."""


@dataclass(frozen=True)
class Operation:
    """An operation of TensorFlow and the names of the values that it takes and makes."""

    op: Any
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass
class Read:
    """What reading gives: the nodes in their order, and the constants by their values' names."""

    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, Tensor] = field(default_factory=dict)
    learned: set[str] = field(default_factory=set)
    outputs: list[str] = field(default_factory=list)
    made_by: list[Any] = field(default_factory=list)
    """TensorFlow's operation behind each node."""
    operations: list[Operation] = field(default_factory=list)
    """TensorFlow's own, for each node that is one of them."""
    filters: dict[str, Tensor] = field(default_factory=dict)
    """Constants as TensorFlow has them, where the nodes have them in another shape."""


@dataclass(frozen=True)
class Known:
    """A value that is known beforehand.

    Attributes:
        name: what it is called: "weights.wc1".
        learned: whether training adjusts it.
    """

    name: str
    value: npt.NDArray[Any]
    learned: bool = False


@dataclass(frozen=True, eq=False)
class Whole:
    """Operations that are one node, as a library's function makes several of what is one thing.

    Attributes:
        op: what the node is called.
        taken: the tensors that it takes; None for one left out.
        call: the node's `run`.
    """

    op: str
    taken: tuple[Any, ...]
    call: Callable[..., Any]


Placing = Callable[[Read], Sequence[Placed]]
"""Where each of a network's nodes stands."""


def read(
    outputs: Sequence[Any],
    inputs: Mapping[str, str],
    known: Mapping[str, Known],
    wholes: Mapping[str, Whole] | None = None,
) -> Read:
    """The nodes that lead to `outputs`, tensors of one graph.

    Args:
        inputs: the names of the values that are given, by their tensors' names in the graph.
        known: what is constant, by its tensor's name.
        wholes: what ends in an operation and is one node, by the operation's name.
    """
    reader = _Reader(wholes or {})
    values: dict[str, str] = dict(inputs)
    for tensor, constant in known.items():
        values[tensor] = reader.constant(constant.name, constant.value, constant.learned)
    reader.read.outputs = reader.graph(outputs, values, "", 0)
    return reader.read


class _Reader:
    def __init__(self, wholes: Mapping[str, Whole]) -> None:
        self._wholes, self._within = wholes, False
        self.read = Read()

    def constant(self, name: str, value: npt.NDArray[Any], learned: bool = False) -> str:
        """Keep a constant; what it is called."""
        while name in self.read.constants:
            name += "_"
        self.read.constants[name] = as_tensor(value)
        if learned:
            self.read.learned.add(name)
        return name

    def graph(self, outputs: Sequence[Any], values: dict[str, str], prefix: str, depth: int) -> list[str]:
        """Read what leads to `outputs`; the names of their values."""
        leading = needed([tensor.op for tensor in outputs], values)
        folded = _dropouts(leading, values)
        wholes = {} if prefix else self._wholes
        seen = {op.name for op in needed([tensor.op for tensor in outputs], values, wholes)} if wholes else set()
        for op in leading:
            if op.name in wholes or (wholes and op.name not in seen):
                self._inside(op, values, prefix, depth, wholes.get(op.name))
            elif op.name in folded:
                self._dropout(folded[op.name], op, values, prefix)
            else:
                self._operation(op, values, prefix, depth)
        return [values[tensor.name] for tensor in outputs]

    def _inside(self, op: Any, values: dict[str, str], prefix: str, depth: int, whole: Whole | None) -> None:
        """Read an operation that is a part of a whole: no node, but for TensorFlow to run; the last one ends it."""
        self._within = True
        self._operation(op, values, prefix, depth)
        self._within = False
        if whole is not None:
            taken = ["" if tensor is None else values[tensor.name] for tensor in whole.taken]
            made = [values[op.outputs[0].name]]
            self._add(whole.op, op, taken, made, whole.call, values)

    def _operation(self, op: Any, values: dict[str, str], prefix: str, depth: int) -> None:
        if all(output.name in values for output in op.outputs) and op.outputs:
            return
        if op.type == "Const":
            from tensorflow.python.framework import tensor_util

            array = np.asarray(tensor_util.MakeNdarray(op.get_attr("value")))
            if array.dtype != object:  # texts
                values[op.outputs[0].name] = self.constant(f"{prefix}{op.name}", array)
            return
        if op.type in CALLS:
            self._call(op, values, prefix, depth)
            return
        if op.type in PASSED_ON:
            for taken, made in zip(op.inputs, op.outputs, strict=False):
                if taken.name in values:
                    values[made.name] = values[taken.name]
            return
        if not op.outputs or any(tensor.name not in values for tensor in op.inputs):
            return  # nothing that the answer needs, such as an assertion
        self._node(op, values, prefix)

    def _node(self, op: Any, values: dict[str, str], prefix: str) -> None:
        taken = [values[tensor.name] for tensor in op.inputs]
        entry = entries().get(op.type)
        call = None
        if entry is not None:
            try:
                call = entry(op.get_attr)
            except (ValueError, KeyError, TypeError):
                call = None  # an attribute of another version
        if op.type == "DepthwiseConv2dNative":
            taken[1] = self._as_groups(taken[1])
        made = [prefix + tensor.name for tensor in op.outputs]
        self._add(op.type, op, taken, made, call, values)
        self.read.operations.append(Operation(op, tuple(taken), tuple(made)))

    def _add(
        self, kind: str, op: Any, taken: Sequence[str], made: Sequence[str], call: Any, values: dict[str, str]
    ) -> None:
        if not self._within:
            self.read.nodes.append(Node(kind, tuple(taken), tuple(made), call, of_shape=op.type in OF_SHAPE))
            self.read.made_by.append(op)
        for tensor, name in zip(op.outputs, made, strict=False):
            values[tensor.name] = name

    def _as_groups(self, name: str) -> str:
        """Depthwise filters [height, width, C, multiplier] as those of C groups, [height, width, 1, C · multiplier]."""
        weight = self.read.constants.get(name)
        if weight is None:
            return name
        height, width, channels, multiplier = weight.shape
        self.read.filters[name] = weight
        self.read.constants[name] = weight.reshape(height, width, 1, channels * multiplier)
        return name

    def _dropout(self, group: "_Dropout", op: Any, values: dict[str, str], prefix: str) -> None:
        """One node for all operations of a dropout: where the last of them is met."""
        if op is not group.last:
            return
        if not group.off:
            raise InputError(
                f"the dropout {op.name} is always on, so that no two answers are the same; let a placeholder give its "
                "share"
            )
        made = [prefix + op.outputs[0].name]
        self._add("Dropout", op, [values[group.taken.name]], made, lambda x: ops.dropout(x, 1.0), values)

    def _call(self, op: Any, values: dict[str, str], prefix: str, depth: int) -> None:
        if depth > MOST_NESTED:
            return
        inner = _function(op)
        given = {
            argument.name: values[tensor.name]
            for argument, tensor in zip(inner.inputs, op.inputs, strict=False)
            if tensor.name in values
        }
        made = self.graph(inner.outputs, given, f"{prefix}{op.name}/", depth + 1)
        for tensor, name in zip(op.outputs, made, strict=True):
            values[tensor.name] = name


def _function(op: Any) -> Any:
    """The graph of the function that an operation calls."""
    from tensorflow.python.framework.function_def_to_graph import function_def_to_graph

    name = op.get_attr("f").name
    kept = getattr(op.graph, "_functions", {}).get(name)
    inner = getattr(kept, "graph", None)
    if inner is not None:
        return inner
    library = op.graph.as_graph_def().library
    definition = next(function for function in library.function if function.signature.name == name)
    with op.graph.as_default():
        return function_def_to_graph(definition)


def needed(last: Iterable[Any], values: Mapping[str, Any], wholes: Mapping[str, Whole] | None = None) -> list[Any]:
    """The operations that lead to `last` from what is known, in the order in which the graph was made.

    Args:
        wholes: those that are left out stand within one of these.
    """
    found: dict[str, Any] = {}
    todo = list(last)
    while todo:
        op = todo.pop()
        if op.name in found or (op.outputs and all(tensor.name in values for tensor in op.outputs)):
            continue
        found[op.name] = op
        whole = (wholes or {}).get(op.name)
        taken = op.inputs if whole is None else [tensor for tensor in whole.taken if tensor is not None]
        todo += [tensor.op for tensor in taken if tensor.name not in values]
    return _in_order(found)


def _in_order(found: Mapping[str, Any]) -> list[Any]:
    """Inputs before what takes them."""
    done: dict[str, Any] = {}
    for start in sorted(found.values(), key=lambda op: int(op._id)):
        stack = [start]
        while stack:
            op = stack[-1]
            before = [t.op for t in op.inputs if t.op.name in found and t.op.name not in done and t.op is not op]
            if op.name not in done and before:
                stack += before
            else:
                done.setdefault(op.name, stack.pop())
    return list(done.values())


@dataclass(frozen=True, eq=False)
class _Dropout:
    """The operations of one dropout: the tensor that it takes, the operation that ends it, whether it is off."""

    taken: Any
    last: Any
    off: bool


def _dropouts(needed: Sequence[Any], values: Mapping[str, str]) -> dict[str, _Dropout]:
    """The dropout that each operation is a part of, by the operation's name."""
    found: dict[str, _Dropout] = {}
    scopes = {m[0] for op in needed if op.type in RANDOM and (m := DROPOUT.match(op.name))}
    for scope in scopes:
        group = [op for op in needed if op.name.startswith(f"{scope}/")]
        names = {op.name for op in group}
        inner = {tensor.name for op in group for tensor in op.inputs if tensor.op.name in names}
        last = [op for op in group if not any(tensor.name in inner for tensor in op.outputs)]
        floats = [
            tensor
            for op in group
            for tensor in op.inputs
            if tensor.op.name not in names
            and tensor.dtype.is_floating
            and tensor.shape.rank != 0
            and not _switched(tensor, values)
        ]
        if len(last) == 1 and len({tensor.name for tensor in floats}) == 1:
            switched = any(_switched(tensor, values) for op in group for tensor in op.inputs)
            found |= dict.fromkeys(names, _Dropout(floats[0], last[0], switched))
    return found


def _switched(tensor: Any, values: Mapping[str, str]) -> bool:
    """Whether a share comes from outside, so that it was switched off there."""
    if tensor.shape.rank not in (0, None):
        return False
    if tensor.name in values:
        return True
    return any(_switched(inner, values) for inner in tensor.op.inputs)


def is_pure(kind: str) -> bool:
    """Whether an operation of this type only computes: one that the tables know."""
    return kind in entries() or kind in PASSED_ON or kind == "Const"


def one_picture(shape: Any) -> tuple[int | None, ...]:
    """A tensor's shape, its batch free."""
    if shape.rank is None:
        return ()
    found = tuple(None if n is None else int(n) for n in shape.as_list())
    return (None, *found[1:])
