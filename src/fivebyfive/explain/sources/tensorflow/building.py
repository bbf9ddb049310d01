"""From TensorFlow's operations to a program that runs: nodes, inputs, and TensorFlow to be asked for its own values."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from fivebyfive.explain.graph import Graph, Input, Node, Orientation
from fivebyfive.explain.program import Program
from fivebyfive.explain.source import Line
from fivebyfive.explain.sources.tensorflow import graph as graphs
from fivebyfive.explain.sources.tensorflow.asking import Eagerly
from fivebyfive.explain.sources.tensorflow.dtypes import torch_type
from fivebyfive.explain.sources.tensorflow.lines import Tracebacks


def built(
    name: str,
    outputs: Sequence[Any],
    inputs: Sequence[Any],
    known: Mapping[str, graphs.Known],
    placing: graphs.Placing | None = None,
    wholes: Mapping[str, graphs.Whole] | None = None,
    **about: Any,
) -> Program:
    """The program of what leads from `inputs` to `outputs`, tensors of one graph.

    Args:
        known: the values of what else is read, by their tensors' names.
        placing: where the operations stand; by default on the user's lines of their tracebacks.
        wholes: operations that are one node, as `graph.read` has them.
        about: further attributes of `graph.Graph`.
    """
    names = {tensor.name: input_name(tensor) for tensor in inputs}
    read = graphs.read(outputs, names, known, wholes)
    places = (placing or by_traceback)(read)
    nodes = [
        replace(node, lines=lines, depths=depths, modules=modules)
        for node, (lines, depths, modules) in zip(read.nodes, places, strict=True)
    ]
    about = {"ends": _ends(inputs, nodes)} | about
    return Program(
        Graph(
            framework=framework(),
            name=name,
            inputs=tuple(_input(tensor) for tensor in inputs),
            outputs=tuple(read.outputs),
            nodes=nodes,
            constants=read.constants,
            learned=frozenset(read.learned),
            reference=Eagerly(read),
            **about,
        )
    )


def by_traceback(read: graphs.Read) -> list[graphs.Placed]:
    """Each node on the user's lines of its operation's traceback."""
    tracebacks = Tracebacks(read.made_by)
    return [(*tracebacks.of(op), ()) for op in read.made_by]


def _ends(inputs: Sequence[Any], nodes: Sequence[Node]) -> tuple[Line | None, Line | None]:
    """Where the image enters and the answer leaves a network that no function holds: its placeholder, its last line."""
    shown = [line for node in nodes for line, depth in zip(node.lines, node.depths, strict=False) if depth][:1]
    if not shown or shown[0].function.name != "<module>":
        return None, None  # the function's own
    places = Tracebacks([tensor.op for tensor in inputs])
    begin = [lines[-1] for tensor in inputs if (lines := places.of(tensor.op)[0])]
    return (begin[0] if begin else None), nodes[-1].lines[0] if nodes[-1].lines else None


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
