"""A Keras model on TensorFlow: the graph of its call, each operation in its layer and on the user's lines.

While TensorFlow traces the call it is noted for each operation where Python stands, as the recorder does on PyTorch.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from fivebyfive.errors import InputError
from fivebyfive.explain.graph import Array, Graph
from fivebyfive.explain.program import Program
from fivebyfive.explain.source import NOWHERE, Stack
from fivebyfive.explain.sources.keras.places import KerasStacks, Places
from fivebyfive.explain.sources.keras.wholes import kept_whole
from fivebyfive.explain.sources.tensorflow import building
from fivebyfive.explain.sources.tensorflow.graph import Known, Placed, Whole
from fivebyfive.explain.sources.tensorflow.importing import tensorflow
from fivebyfive.networks.keras_layers import Taken, paths_of, taken_by, variables_of

GUESSED = ((28, 28, 1), (28, 28), (784,), (224, 224, 3))
"""Pictures that a model without weights may be meant for."""


def program(model: Any, name: str) -> Program:
    """The program of a model's call, when it does not train.

    Raises:
        InputError: it has no weights yet and takes none of the usual pictures, or several things.
    """
    notes = _built(model)
    taken = taken_by(model)
    if not taken.shape:
        raise InputError(f"{name} takes no single tensor, and only such a Keras model on TensorFlow is read so far")
    paths = paths_of(model)
    places = Places(model, paths, name)
    stacks = KerasStacks(places)
    traced, where, wholes = _traced(model, taken, stacks)
    stacks.forget()
    known = _known(traced, paths)
    names = {id(layer): path for path, layer in paths}
    outputs = [tensor for tensor in traced.outputs if tensor is not None]
    made = building.built(
        name,
        outputs,
        traced.inputs[:1],
        known,
        lambda read: [_placed(where.get(op.name, NOWHERE), names) for op in read.made_by],
        wholes,
        texts=places.texts,
        definitions={path: line for path, _ in paths if (line := places.nearest(path)) is not None},
        ends=places.ends(),
        notes=notes,
    )
    given = replace(made.graph.inputs[0], orientation=taken.layout, largest=taken.largest)
    whole = replace(made.graph, inputs=(given,), framework=_framework(), reference=_Asked(model, made.graph))
    return Program(whole)


def _framework() -> str:
    import keras

    return f"Keras {keras.__version__} on {building.framework()}"


def _built(model: Any) -> tuple[str, ...]:
    """Let a model that has no weights make them, and say so."""
    if model.built and all(layer.built for layer in model._flatten_layers()):
        return ()
    shape = taken_by(model).shape[1:]
    tried = (shape,) if shape else GUESSED
    for size in tried:
        try:
            model(np.zeros((1, *(n or 32 for n in size)), np.float32), training=False)
        except Exception:  # a user's own model may refuse in any way
            continue
        model._build_shapes_dict = {"input_shape": (None, *size)}
        return (f"Its layers had no weights yet: they have been made now, at random, for {list(size)}.",)
    raise InputError(
        f"{model.name} has no weights yet and takes no picture of the usual sizes; let the code call "
        "build((None, height, width, channels)), or begin with keras.Input"
    )


def _traced(model: Any, taken: Taken, stacks: KerasStacks) -> tuple[Any, dict[str, Stack], dict[str, Whole]]:
    """The graph of one call, where Python stood when each operation was made, and what is one node."""
    tf = tensorflow()
    where: dict[str, Stack] = {}
    call = tf.function(lambda x: _call(model, x), autograph=False)
    with _noting(stacks, where), kept_whole() as wholes:
        concrete = call.get_concrete_function(tf.TensorSpec(taken.shape, taken.dtype))
    return concrete.graph, where, wholes


def _call(model: Any, x: Any) -> Any:
    """The frame below which the model's own code runs."""
    return model(x, training=False)


@contextmanager
def _noting(stacks: KerasStacks, where: dict[str, Stack]) -> Iterator[None]:
    from tensorflow.python.framework.func_graph import FuncGraph

    original = FuncGraph._create_op_internal

    def create(self: Any, *arguments: Any, **keywords: Any) -> Any:
        op = original(self, *arguments, **keywords)
        where[op.name] = stacks.read(sys._getframe(1), _call.__code__)
        return op

    FuncGraph._create_op_internal = create
    try:
        yield
    finally:
        FuncGraph._create_op_internal = original


def _placed(stack: Stack, names: Mapping[int, str]) -> Placed:
    """Lines, depths and layers of an operation; the first of the layers is the model itself."""
    modules = tuple(names.get(id(layer), type(layer).__name__) for layer in stack.modules[1:])
    return stack.lines, tuple(max(1, depth) for depth in stack.depths), modules


def _known(graph: Any, paths: Sequence[tuple[str, Any]]) -> dict[str, Known]:
    """The values of all that the call reads: variables by their paths, and tensors that it holds."""
    variables: dict[int, Known] = {}
    for path, layer in paths:
        for name, variable, learned in variables_of(layer):
            value = np.asarray(variable._value.numpy())
            variables[id(variable._value.handle)] = Known(f"{path}.{name}".strip("."), value, learned)
    known: dict[str, Known] = {}
    for outer, inner in graph.captures:
        if id(outer) in variables:
            known[inner.name] = variables[id(outer)]
        elif inner.dtype.name not in ("resource", "variant"):
            known[inner.name] = Known(inner.op.name, np.asarray(outer.numpy()))
    return known


class _Asked:
    """Asks TensorFlow for every operation's value, and Keras itself for the answer."""

    def __init__(self, model: Any, graph: Graph) -> None:
        self._model, self._graph = model, graph

    def __call__(self, given: Mapping[str, Array]) -> Mapping[str, Array]:
        assert self._graph.reference is not None
        values = dict(self._graph.reference(given))
        answer = self._model(given[self._graph.inputs[0].name], training=False)
        return values | {self._graph.outputs[0]: np.asarray(answer)} if len(self._graph.outputs) == 1 else values
