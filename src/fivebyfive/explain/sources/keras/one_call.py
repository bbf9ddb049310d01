"""Keras's operations on PyTorch, each recorded as one call of `fivebyfive.ops`, with the very result that Keras gives.

Keras turns pictures to N,C,H,W, convolves there, and turns them back. While a forward is recorded its functions
stand behind ones that are seen as a whole, as those of ops.py are: what runs is Keras's own function, unseen.
"""

import functools
import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.overrides import handle_torch_function, has_torch_function

from fivebyfive import geometry, ops

BACKEND = "keras.src.backend.torch"
Function = Callable[..., Any]


class OneCall:
    """An operation of ops.py as Keras computes it.

    Attributes:
        stands_for: the function of ops.py.
    """

    def __init__(self, name: str, run: Function) -> None:
        self.__name__, self.__module__ = name, "fivebyfive.ops"
        self.stands_for = getattr(ops, name, None)
        self._run = run

    def __call__(self, *tensors: Any, **keywords: Any) -> Any:
        """The operation's arguments in its order; what else Keras's function needs it knows."""
        given = tuple(value for value in tensors if isinstance(value, Tensor))
        if has_torch_function(given):
            return handle_torch_function(self, given, *tensors, **keywords)
        with torch._C.DisableTorchFunction():
            return self._run(*tensors)


@contextmanager
def standing() -> Iterator[None]:
    """Let Keras's functions be seen as one call each, by the code that runs within."""
    kept: list[tuple[Any, str, Function]] = []
    reshaped: dict[int, tuple[Tensor, Tensor]] = {}
    try:
        for place, makers in _FUNCTIONS.items():
            module = importlib.import_module(f"{BACKEND}.{place}")
            for name, make in makers.items():
                original = getattr(module, name)
                kept.append((module, name, original))
                setattr(module, name, functools.wraps(original)(_Seen(original, make, reshaped)))
        yield
    finally:
        for module, name, original in kept:
            setattr(module, name, original)


class _Seen:
    """One of Keras's functions, which is seen as a whole where `make` knows how."""

    def __init__(self, original: Function, make: "_Maker", reshaped: dict[int, tuple[Tensor, Tensor]]) -> None:
        self.original, self._make, self.reshaped = original, make, reshaped

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        plain = tuple(map(_value, arguments))
        named = {name: _value(value) for name, value in keywords.items()}
        made = self._make(self, *plain, **named)
        return self.original(*arguments, **keywords) if made is NotImplemented else made


_Maker = Callable[..., Any]


def _value(value: Any) -> Any:
    """The parameter in a variable of Keras; what is none stays as it is."""
    inner = getattr(value, "_value", None)
    return inner if isinstance(inner, Tensor) and not isinstance(value, Tensor) else value


def _like(weight: Tensor, x: Tensor) -> Tensor:
    """A weight in the type of what it is multiplied with, as Keras's autocast makes it."""
    return weight.to(x.dtype) if weight.is_floating_point() and x.is_floating_point() else weight


def _four(value: int | Sequence[int]) -> list[int]:
    """As ops.py has strides and windows: [1, height, width, 1]."""
    two = [value, value] if isinstance(value, int) else list(value) * (2 // len(value))
    return [1, *two, 1]


def _is_picture(x: Any, data_format: str | None) -> bool:
    return isinstance(x, Tensor) and x.dim() == 4 and data_format in (None, "channels_last") and _is_last()


def _is_last() -> bool:
    import keras

    return bool(keras.config.image_data_format() == "channels_last")


def _conv(seen: _Seen, inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid",
          data_format: str | None = None, dilation_rate: Any = 1) -> Any:  # fmt: skip
    if not isinstance(kernel, Tensor):
        return NotImplemented
    return _convolved(seen, inputs, kernel, strides, padding, data_format, dilation_rate, kernel.shape)


def _depthwise(seen: _Seen, inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid",
               data_format: str | None = None, dilation_rate: Any = 1) -> Any:  # fmt: skip
    """Filters [height, width, C, multiplier] are those of C groups, [height, width, 1, C · multiplier]."""
    if not isinstance(kernel, Tensor) or kernel.dim() != 4:
        return NotImplemented
    with torch._C.DisableTorchFunction():
        grouped = kernel.reshape(*kernel.shape[:2], 1, -1)
    return _convolved(seen, inputs, grouped, strides, padding, data_format, dilation_rate, kernel.shape)


def _convolved(seen: _Seen, inputs: Any, kernel: Any, strides: Any, padding: str, data_format: str | None,
               dilation_rate: Any, shape: Sequence[int]) -> Any:  # fmt: skip
    """Record a convolution whose kernel PyTorch has as [height, width, C / groups, filters].

    Args:
        shape: of the kernel, as Keras's function takes it.
    """
    if not _is_picture(inputs, data_format):
        return NotImplemented

    def run(x: Tensor, weight: Tensor, *_: Any) -> Any:
        return seen.original(x, _like(weight.reshape(shape), x), strides, padding, data_format, dilation_rate)

    dilations = _four(dilation_rate)
    more = {} if dilations == [1, 1, 1, 1] else {"dilations": dilations}
    return OneCall("conv2d", run)(inputs, kernel, _four(strides), padding.upper(), **more)


def _transposed(seen: _Seen, inputs: Any, kernel: Any, strides: Any = 1, padding: str = "valid",
                output_padding: Any = None, data_format: str | None = None, dilation_rate: Any = 1) -> Any:  # fmt: skip
    if not _is_picture(inputs, data_format) or output_padding is not None or not isinstance(kernel, Tensor):
        return NotImplemented

    def run(x: Tensor, weight: Tensor, *_: Any) -> Any:
        return seen.original(x, _like(weight, x), strides, padding, None, data_format, dilation_rate)

    with torch._C.DisableTorchFunction():
        shape = list(run(inputs, kernel).shape)
    dilations = _four(dilation_rate)
    more = {} if dilations == [1, 1, 1, 1] else {"dilations": dilations}
    return OneCall("conv2d_transpose", run)(inputs, kernel, shape, _four(strides), padding.upper(), **more)


def _pool(name: str) -> _Maker:
    def make(seen: _Seen, inputs: Any, pool_size: Any, strides: Any = None, padding: str = "valid",
             data_format: str | None = None) -> Any:  # fmt: skip
        if not _is_picture(inputs, data_format):
            return NotImplemented
        window, stride = _four(pool_size), _four(pool_size if strides is None else strides)
        sides = geometry.padding_sides(name, inputs.shape[1:3], window[1:3], stride[1:3], padding.upper())
        if name == "avg_pool" and any(before != after for before, after in sides):
            return NotImplemented  # on PyTorch, Keras repeats the edge there

        def run(x: Tensor, *_: Any) -> Any:
            return seen.original(x, pool_size, strides, padding, data_format)

        return OneCall(name, run)(inputs, window, stride, padding.upper())

    return make


def _normalized(seen: _Seen, x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None,
                epsilon: float = 1e-3) -> Any:  # fmt: skip
    if not isinstance(x, Tensor) or axis not in (-1, x.dim() - 1) or not isinstance(mean, Tensor):
        return NotImplemented

    def run(x: Tensor, mean: Tensor, variance: Tensor, offset: Any, scale: Any, *_: Any) -> Any:
        cast = [None if value is None else value.to(x.dtype) for value in (mean, variance, offset, scale)]
        return seen.original(x, cast[0], cast[1], axis, cast[2], cast[3], epsilon)

    return OneCall("batch_normalization", run)(x, mean, variance, offset, scale, epsilon)


def _reshaped(seen: _Seen, x: Any, newshape: Any) -> Any:
    """A bias that is brought to [1, 1, 1, C] is remembered as the parameter that it is."""
    if not isinstance(x, torch.nn.Parameter) or x.dim() != 1 or x.shape[0] != list(newshape)[-1]:
        return NotImplemented
    with torch._C.DisableTorchFunction():
        result: Tensor = seen.original(x, newshape)
    seen.reshaped[id(result)] = (result, x)
    return result


def _added(seen: _Seen, x1: Any, x2: Any) -> Any:
    """A bias is added to every position."""
    if not isinstance(x1, Tensor) or not isinstance(x2, Tensor) or x1.dim() < 2:
        return NotImplemented
    _, bias = seen.reshaped.get(id(x2), (None, x2))
    shaped = x2.dim() == 1 or id(x2) in seen.reshaped
    if not isinstance(bias, torch.nn.Parameter) or not shaped or bias.shape != x1.shape[-1:]:
        return NotImplemented

    def run(x: Tensor, bias: Tensor) -> Any:
        return seen.original(x, _like(bias, x))

    return OneCall("bias_add", run)(x1, bias)


def _multiplied(seen: _Seen, x1: Any, x2: Any) -> Any:
    """A kernel in Keras's hands is a parameter of another type, where it computes in half precision."""
    if not isinstance(x1, Tensor) or not isinstance(x2, torch.nn.Parameter) or x1.dim() < 2 or x2.dim() < 2:
        return NotImplemented

    def run(x: Tensor, weight: Tensor) -> Any:
        return seen.original(x, _like(weight, x))

    return OneCall("matmul", run)(x1, x2)


def _repeated(seen: _Seen, x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each row, or column, several times: what Keras makes larger pictures of."""
    if not isinstance(x, Tensor) or axis is None or not isinstance(repeats, int):
        return NotImplemented
    return _pytorchs(torch.repeat_interleave, lambda x, n, dim: seen.original(x, n, dim))(x, repeats, axis)


def _pytorchs(function: Function, run: Function) -> OneCall:
    """One call of a function of PyTorch's."""
    one = OneCall(function.__name__, run)
    one.__module__, one.stands_for = "torch", function
    return one


def _softmax(seen: _Seen, x: Any, axis: int | None = -1) -> Any:
    """Computed in single precision where the numbers are of half, on a CPU."""
    if not isinstance(x, Tensor) or axis is None:
        return NotImplemented
    return _pytorchs(torch.softmax, lambda x, dim: seen.original(x, dim))(x, axis)


_FUNCTIONS: Mapping[str, Mapping[str, _Maker]] = {
    "nn": {
        "conv": _conv, "depthwise_conv": _depthwise, "conv_transpose": _transposed, "max_pool": _pool("max_pool"),
        "average_pool": _pool("avg_pool"), "batch_normalization": _normalized, "softmax": _softmax,
    },
    "numpy": {"reshape": _reshaped, "add": _added, "matmul": _multiplied, "repeat": _repeated},
}  # fmt: skip
