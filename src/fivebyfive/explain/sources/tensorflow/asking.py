"""TensorFlow's own value of every node: its operations are run one by one, by itself, on its own values."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from fivebyfive.explain.graph import Array
from fivebyfive.explain.sources.tensorflow.graph import Operation, Read


class Eagerly:
    """Runs what was read of a graph in TensorFlow itself."""

    def __init__(self, read: Read) -> None:
        constants = {name: read.filters.get(name, tensor).numpy() for name, tensor in read.constants.items()}
        self._constants, self._operations = constants, read.operations
        self._dropouts = {node.outputs[0]: node.inputs[0] for node in read.nodes if node.op == "Dropout"}

    def __call__(self, given: Mapping[str, Array]) -> Mapping[str, Array]:
        from tensorflow.python.eager import context
        from tensorflow.python.framework import constant_op

        with context.eager_mode():
            values: dict[str, Any] = {name: constant_op.constant(value) for name, value in self._constants.items()}
            values |= {name: constant_op.constant(value) for name, value in given.items()}
            made: dict[str, Array] = {}
            for operation in self._operations:
                values |= {name: values[taken] for name, taken in self._dropouts.items() if taken in values}
                for name, value in zip(operation.outputs, _ran(operation, values), strict=False):
                    values[name] = value
                    with suppress(TypeError, AttributeError, NotImplementedError):  # a text, a list of tensors
                        made[name] = value.numpy()
            return made | {name: made[taken] for name, taken in self._dropouts.items() if taken in made}


def _ran(operation: Operation, values: Mapping[str, Any]) -> list[Any]:
    """The results of an operation; none where TensorFlow refuses, or what it takes is missing."""
    from tensorflow.python.eager import context, execute
    from tensorflow.python.framework import errors_impl

    if any(name not in values for name in operation.inputs):
        return []
    op = operation.op
    inputs = [values[name] for name in operation.inputs]
    try:
        found = execute.execute(
            op.type.encode(), len(op.outputs), inputs, _attributes(op), context.context(), op.name.rpartition("/")[2]
        )
    except (errors_impl.OpError, TypeError, ValueError):
        return []
    return list(found)


def _attributes(op: Any) -> tuple[Any, ...]:
    """Names and values in turn; types by their numbers, functions by their names."""
    said: list[Any] = []
    for name in op.node_def.attr:
        if not name.startswith("_"):
            value = op.get_attr(name)
            said += [name, getattr(value, "as_datatype_enum", getattr(value, "name", value))]
    return tuple(said)
