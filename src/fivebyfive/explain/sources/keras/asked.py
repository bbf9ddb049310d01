"""What TensorFlow and Keras compute: each operation of a traced call run by itself, and the model's answer."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from fivebyfive.explain.graph import Array, Graph


class Asked:
    """Asks TensorFlow for the value of every operation, one after the other, and Keras for the answer.

    Args:
        model: Keras's own.
        traced: the graph of its call, whose variables are the model's.
        graph: what was read of it, whose values have its tensors' names.
    """

    def __init__(self, model: Any, traced: Any, graph: Graph) -> None:
        self._model, self._traced, self._graph = model, traced, graph

    def __call__(self, given: Mapping[str, Array]) -> Mapping[str, Array]:
        wanted = {name for node in self._graph.nodes for name in node.outputs}
        picture = given[self._graph.inputs[0].name]
        values = self._run(picture)
        found = {name: _array(value) for name, value in values.items() if name in wanted}
        answer = self._model(picture, training=False)
        return found | {self._graph.outputs[0]: np.asarray(answer)} if len(self._graph.outputs) == 1 else found

    def _run(self, picture: Array) -> dict[str, Any]:
        """Every tensor of the graph, as TensorFlow's own kernels give it."""
        from tensorflow.python.eager import context, execute
        from tensorflow.python.framework import constant_op, tensor_util

        values = {inner.name: outer for outer, inner in self._traced.captures}
        values[self._traced.inputs[0].name] = constant_op.constant(picture)
        for op in self._traced.get_operations():
            if not op.outputs or all(tensor.name in values for tensor in op.outputs):
                continue
            if op.type == "Const":
                values[op.outputs[0].name] = constant_op.constant(tensor_util.MakeNdarray(op.get_attr("value")))
                continue
            taken = [values[tensor.name] for tensor in op.inputs]
            made = execute.execute(op.type.encode(), len(op.outputs), taken, _attributes(op), context.context())
            values |= {tensor.name: value for tensor, value in zip(op.outputs, made, strict=True)}
        return values


def _array(value: Any) -> Array:
    """A value as an array; a list of tensors, which a loop fills, has none."""
    return np.empty(0, np.float32) if value.dtype.name in ("variant", "resource") else np.asarray(value.numpy())


def _attributes(op: Any) -> tuple[Any, ...]:
    """An operation's attributes as running it takes them: names and values in turn."""
    found: list[Any] = []
    for name in op.node_def.attr:
        if not name.startswith("_"):
            found += [name, _plain(op.get_attr(name))]
    return tuple(found)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if hasattr(value, "unknown_rank"):  # a shape
        return None if value.unknown_rank else [dimension.size for dimension in value.dim]
    return getattr(value, "as_datatype_enum", value)
