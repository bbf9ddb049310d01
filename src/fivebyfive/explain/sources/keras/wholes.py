"""Keras's operations on TensorFlow that make several of its operations, each one node of the graph.

A normalization there is five operations, a bias is brought to another shape and back. While the call is traced, Keras's
functions note which tensors they took and what came out; what stands between is theirs.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive import ops
from fivebyfive.explain.sources.tensorflow.graph import Whole
from fivebyfive.explain.sources.tensorflow.importing import tensorflow

BACKEND = "keras.src.backend.tensorflow."
Function = Callable[..., Any]


@contextmanager
def kept_whole() -> Iterator[dict[str, Whole]]:
    """What is one node, by the name of the operation that ends it; of what is traced within."""
    kept: list[tuple[Any, str, Function]] = []
    tracing = _Tracing()
    try:
        for place, makers in _FUNCTIONS.items():
            module = importlib.import_module(place)
            for name, make in makers.items():
                original = getattr(module, name)
                kept.append((module, name, original))
                setattr(module, name, _noting(tracing, original, make))
        rnn: Any = importlib.import_module("keras.src.backend")
        kept.append((rnn, "rnn", rnn.rnn))
        rnn.rnn = _unrolled(rnn.rnn)
        yield tracing.wholes
    finally:
        for module, name, original in kept:
            setattr(module, name, original)


def _unrolled(original: Function) -> Function:
    """Steps of a recurrence one after the other, as on PyTorch, instead of a loop whose inside cannot be watched."""

    def call(step: Any, inputs: Any, *arguments: Any, **keywords: Any) -> Any:
        steps = getattr(inputs, "shape", (None, None))[0 if keywords.get("time_major") else 1]
        short = steps is not None and steps <= MOST_STEPS and len(arguments) < 5
        return original(step, inputs, *arguments, **(keywords | {"unroll": True} if short else keywords))

    return call


MOST_STEPS = 128


class _Tracing:
    """What has been noted: the wholes, and parameters by the reshaped tensors that were made of them."""

    def __init__(self) -> None:
        self.wholes: dict[str, Whole] = {}
        self.reshaped: dict[int, tuple[Any, Any]] = {}

    def note(self, op: str, taken: tuple[Any, ...], result: Any, call: Callable[..., Tensor]) -> None:
        """`result` is one node of what was taken."""
        self.wholes[result.op.name] = Whole(op, taken, call)


_Make = Callable[..., Any]


def _noting(tracing: _Tracing, original: Function, make: _Make) -> Function:
    def call(*arguments: Any, **keywords: Any) -> Any:
        plain = tuple(map(_tensor, arguments))
        named = {name: _tensor(value) for name, value in keywords.items()}
        result = original(*plain, **named)
        if getattr(result, "op", None) is not None:
            make(tracing, result, *plain, **named)
        return result

    return call


def _tensor(value: Any) -> Any:
    """A variable as the tensor that is read from it, once, so that it is known what was taken."""
    import keras

    if not isinstance(value, keras.Variable):
        return value
    return tensorflow().convert_to_tensor(value.value)  # Keras's own leaves TensorFlow's variable as it is


def _is_single(*tensors: Any) -> bool:
    """Whether all that is there is a symbolic tensor of single precision."""
    return all(t is None or (hasattr(t, "op") and t.dtype.name == "float32") for t in tensors)


def _conv(tracing: _Tracing, result: Any, inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid",
          data_format: str | None = None, dilation_rate: Any = 1) -> None:  # fmt: skip
    """A grouped one is compiled, a function of its own."""
    if not _is_single(inputs, kernel) or len(kernel.shape) != 4 or inputs.shape[-1] == kernel.shape[-2]:
        return
    if data_format not in (None, "channels_last"):
        return
    step, apart = _four(strides), _four(dilation_rate)
    tracing.note("Conv2D", (inputs, kernel), result, lambda x, W: ops.conv2d(x, W, step, padding.upper(), apart))


def _four(value: Any) -> list[int]:
    two = [value, value] if isinstance(value, int) else [*value, *value][:2]
    return [1, *two, 1]


def _normalized(tracing: _Tracing, result: Any, x: Any, mean: Any, variance: Any, axis: int, offset: Any = None,
                scale: Any = None, epsilon: float = 1e-3) -> None:  # fmt: skip
    if not _is_single(x, mean, variance, offset, scale) or axis not in (-1, len(x.shape) - 1):
        return

    def call(x: Tensor, mean: Tensor, variance: Tensor, offset: Tensor | None, scale: Tensor | None) -> Tensor:
        return ops.batch_normalization(x, mean, variance, offset, scale, epsilon)

    tracing.note("BatchNormalization", (x, mean, variance, offset, scale), result, call)


def _layer_normalized(tracing: _Tracing, result: Any, x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1,
                      epsilon: float | None = None, rms_scaling: bool = False) -> None:  # fmt: skip
    import keras

    axes = [axis] if isinstance(axis, int) else list(axis)
    rank = len(x.shape)
    if not _is_single(x, gamma, beta) or rms_scaling or [a % rank for a in axes] != [rank - 1]:
        return
    size = (int(x.shape[-1]),)
    small = keras.config.epsilon() if epsilon is None else epsilon

    def call(x: Tensor, gamma: Tensor | None, beta: Tensor | None) -> Tensor:
        return F.layer_norm(x, size, gamma, beta, small)

    tracing.note("LayerNormalization", (x, gamma, beta), result, call)


def _reshaped(tracing: _Tracing, result: Any, x: Any, newshape: Any) -> None:
    """A bias that is brought to [1, 1, 1, C]."""
    if _is_single(x) and len(x.shape) == 1 and result.shape[-1] == x.shape[0]:
        tracing.reshaped[id(result)] = (result, x)
    del newshape


def _added(tracing: _Tracing, result: Any, x1: Any, x2: Any) -> None:
    _, bias = tracing.reshaped.get(id(x2), (None, None))
    if bias is not None and _is_single(x1, bias) and result.op.type == "BiasAdd":
        tracing.note("BiasAdd", (x1, bias), result, ops.bias_add)


def _multiplied(tracing: _Tracing, result: Any, x1: Any, x2: Any) -> None:
    """A fully connected layer on maps, of which TensorFlow makes one list and maps again."""
    if _is_single(x1, x2) and len(x1.shape) > 2 and len(x2.shape) == 2:
        tracing.note("MatMul", (x1, x2), result, ops.matmul)


def _summed(tracing: _Tracing, result: Any, subscripts: str, *operands: Any) -> None:
    if _is_single(*operands):
        tracing.note("Einsum", operands, result, lambda *x: torch.einsum(subscripts, *x))


def _gelu(tracing: _Tracing, result: Any, x: Any, approximate: bool = True) -> None:
    how = "tanh" if approximate else "none"
    if _is_single(x):
        tracing.note("Gelu", (x,), result, lambda x: F.gelu(x, approximate=how))


def _silu(tracing: _Tracing, result: Any, x: Any) -> None:
    if _is_single(x):
        tracing.note("Silu", (x,), result, F.silu)


def _repeated(tracing: _Tracing, result: Any, x: Any, repeats: Any, axis: int | None = None) -> None:
    if _is_single(x) and isinstance(repeats, int) and axis is not None:
        tracing.note("Repeat", (x,), result, lambda x: torch.repeat_interleave(x, repeats, axis))


_FUNCTIONS: Mapping[str, Mapping[str, _Make]] = {
    f"{BACKEND}nn": {"conv": _conv, "batch_normalization": _normalized, "gelu": _gelu, "silu": _silu},
    f"{BACKEND}numpy": {
        "reshape": _reshaped,
        "add": _added,
        "repeat": _repeated,
        "matmul": _multiplied,
        "einsum": _summed,
    },
    "keras.src.ops.nn": {"_layer_normalization": _layer_normalized},
}
