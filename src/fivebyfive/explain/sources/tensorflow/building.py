"""From TensorFlow's operations to a program that runs: nodes, inputs, a session that is asked for its own values."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from fivebyfive.explain.graph import Array, Graph, Input, Orientation
from fivebyfive.explain.program import Program
from fivebyfive.explain.sources.tensorflow import graph as graphs
from fivebyfive.explain.sources.tensorflow.lines import Tracebacks
from fivebyfive.explain.sources.tensorflow.types import torch_type

MNIST = 784


def built(
    name: str,
    outputs: Sequence[Any],
    inputs: Sequence[Any],
    known: Mapping[str, graphs.Known],
    placed: Callable[[Any], graphs.Placed] | None = None,
    wholes: Mapping[str, graphs.Whole] | None = None,
    **about: Any,
) -> Program:
    """The program of what leads from `inputs` to `outputs`, tensors of one graph.

    Args:
        known: the values of what else is read, by their tensors' names.
        placed: where an operation stands; by default on the user's lines of its traceback.
        wholes: operations that are one node, as `graph.read` has them.
        about: further attributes of `graph.Graph`.
    """
    whole = outputs[0].graph
    where = placed or _by_traceback(outputs, known)
    names = {tensor.name: input_name(tensor) for tensor in inputs}
    read = graphs.read(outputs, names, known, where, wholes)
    return Program(
        Graph(
            framework=framework(),
            name=name,
            inputs=tuple(_input(tensor) for tensor in inputs),
            outputs=tuple(read.outputs),
            nodes=read.nodes,
            constants=read.constants,
            learned=frozenset(read.learned),
            reference=_Session(whole, {names[t.name]: t for t in inputs}, known, read.fetched),
            **about,
        )
    )


def _by_traceback(outputs: Sequence[Any], known: Mapping[str, graphs.Known]) -> Callable[[Any], graphs.Placed]:
    tracebacks = Tracebacks(leading(outputs, known))
    return lambda op: (*tracebacks.of(op), ())


def leading(outputs: Sequence[Any], known: Mapping[str, graphs.Known]) -> list[Any]:
    """The operations that lead to the outputs, without those that only hand a value on."""
    found = graphs.needed([tensor.op for tensor in outputs], known)
    return [op for op in found if op.type not in (*graphs.PASSED_ON, "Const")]


def framework() -> str:
    """TensorFlow and its version."""
    from tensorflow.python.framework import versions

    return f"TensorFlow {'.'.join(versions.VERSION.split('.')[:2])}"


def input_name(tensor: Any) -> str:
    """What a placeholder is called, without what TensorFlow adds to it."""
    return str(tensor.op.name)


def _input(tensor: Any) -> Input:
    shape = graphs.one_picture(tensor.shape)
    return Input(input_name(tensor), shape, torch_type(tensor.dtype), orientation(shape))


def orientation(shape: Sequence[int | None]) -> Orientation:
    """How a picture becomes a tensor of this shape."""
    if len(shape) == 4 and shape[3] in (1, 3, 4, None):
        return "NHWC"
    if len(shape) == 4 and shape[1] in (1, 3, 4):
        return "NCHW"
    if len(shape) == 3 and None not in shape[1:]:
        return "NHW"
    return "flat" if len(shape) == 2 and shape[1] is not None else ""


class _Session:
    """Asks TensorFlow itself: every tensor of one run, all variables fed as they were kept."""

    def __init__(
        self, graph: Any, inputs: Mapping[str, Any], known: Mapping[str, graphs.Known], fetched: Mapping[str, Any]
    ) -> None:
        self._graph, self._inputs, self._fetched = graph, dict(inputs), dict(fetched)
        self._fixed = {name: constant.value for name, constant in known.items()}
        self._session: Any = None

    def __call__(self, given: Mapping[str, Array]) -> Mapping[str, Array]:
        import tensorflow.compat.v1 as v1

        if self._session is None:
            self._session = v1.Session(graph=self._graph, config=v1.ConfigProto(graph_options=_as_it_is(v1)))
        feeds: dict[str, Any] = dict(self._fixed)  # by names, for in TensorFlow 2 no tensor is a key
        feeds |= {tensor.name: given[name] for name, tensor in self._inputs.items()}
        fetched = {name: tensor.name for name, tensor in self._fetched.items() if _is_numbers(tensor)}
        values = self._session.run(fetched, feeds)
        return {name: np.asarray(value) for name, value in values.items()}


def _as_it_is(v1: Any) -> Any:
    """No rewriting of the graph, so that every value is the operation's own."""
    options = v1.GraphOptions()
    options.rewrite_options.disable_meta_optimizer = True
    options.optimizer_options.opt_level = v1.OptimizerOptions.L0
    return options


def _is_numbers(tensor: Any) -> bool:
    return bool(tensor.dtype.is_numpy_compatible) and tensor.dtype.base_dtype.name not in (
        "string",
        "resource",
        "variant",
    )
