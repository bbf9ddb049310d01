"""The post's vocabulary in PyTorch, with TensorFlow's semantics.

Images are N,H,W,C; filters are [height, width, in, out]; strides and ksize are [1, s, s, 1]. Padding is ``"SAME"``,
``"VALID"`` or explicit, ``[[0, 0], [top, bottom], [left, right], [0, 0]]``. Every op is one call that PyTorch's
``__torch_function__`` protocol can override: whoever listens sees ``conv2d``, not the parts that it is made of.

Why nothing is copied: an N,H,W,C tensor seen as N,C,H,W by ``permute`` *is* PyTorch's channels_last layout.

Sources: TensorFlow's API reference for ``tf.nn`` and its notes on padding,
https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2
"""

import functools
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any, ParamSpec, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import handle_torch_function, has_torch_function

from fivebyfive.errors import InputError
from fivebyfive.geometry import Padding, Sides, padding_sides, reach, spatial, whole_numbers

P = ParamSpec("P")
R = TypeVar("R")


def _overridable(op: Callable[P, R]) -> Callable[P, R]:
    """Make `op` one call for ``__torch_function__``: modes and tensor subclasses see it whole."""

    @functools.wraps(op)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        tensors = tuple(a for a in (*args, *kwargs.values()) if isinstance(a, Tensor))
        if has_torch_function(tensors):
            result: R = handle_torch_function(call, tensors, *args, **kwargs)
            return result
        return op(*args, **kwargs)

    return call


# --- convolution layers ---------------------------------------------------------------------------------------------


@_overridable
def conv2d(
    x: Tensor, W: Tensor, strides: int | Sequence[int], padding: Padding, dilations: int | Sequence[int] = 1
) -> Tensor:
    """Slide every filter of `W` over `x`: O[n,i,j,k] = Σ I[n, s·i+di−top, s·j+dj−left, q] · W[di,dj,q,k].

    Where `x` has g times as many channels as a filter goes through, the channels are in g groups, each with as many of
    the filters: a depthwise convolution has W [height, width, 1, C · multiplier].

    Args:
        x: images, [N, H, W, C].
        W: filters, [height, width, C / groups, out].
        strides: s, or [1, s_height, s_width, 1].
        padding: "SAME" (out = ceil(in / s)), "VALID" (out = ceil((in − k + 1) / s)), or explicit.
        dilations: how far apart a filter's cells are, d or [1, d_height, d_width, 1].

    Returns:
        [N, out height, out width, out].

    Raises:
        InputError: a rank, a type, the channels or the padding do not fit, or the window is larger than the image.
    """
    _check_rank("conv2d", "x", x, 4, "[N, H, W, C]")
    _check_rank("conv2d", "W", W, 4, "[height, width, in, out]")
    groups = x.shape[3] // max(W.shape[2], 1)
    if groups * W.shape[2] != x.shape[3] or not groups or W.shape[3] % groups:
        raise InputError(
            f"conv2d: x has {x.shape[3]} channels (shape {_shape(x)}) but W takes {W.shape[2]} "
            f"(shape {_shape(W)}, [height, width, in, out]); the two must be equal"
        )
    _check_same_type("conv2d", ("x", x), ("W", W))
    stride, apart = spatial("conv2d", "strides", strides), spatial("conv2d", "dilations", dilations)
    sides = padding_sides("conv2d", x.shape[1:3], reach(W.shape[:2], apart), stride, padding)
    images, inside = _pad(_channels_first(x), sides, 0.0)
    if x.shape[3] == 1 and x.shape[2] + sum(sides[1]) < W.shape[1] + stride[1]:
        # oneDNN 3.12 leaves values unwritten where one channels_last channel gives a single column.
        images = images.squeeze(1).unsqueeze(1)
    filters = W.permute(3, 2, 0, 1).contiguous()
    return _channels_last(F.conv2d(images, filters, stride=stride, padding=inside, dilation=apart, groups=groups))


@_overridable
def conv2d_transpose(
    x: Tensor,
    W: Tensor,
    output_shape: Sequence[int],
    strides: int | Sequence[int],
    padding: Padding,
    dilations: int | Sequence[int] = 1,
) -> Tensor:
    """Spread every value of `x` over a window, times the filters: what conv2d of the same arguments is the reverse of.

    Args:
        x: [N, H, W, C].
        W: filters, [height, width, out, C].
        output_shape: [N, out height, out width, out].
        strides, padding, dilations: of the conv2d that would make `x` of the output.
    """
    _check_rank("conv2d_transpose", "x", x, 4, "[N, H, W, C]")
    _check_rank("conv2d_transpose", "W", W, 4, "[height, width, out, in]")
    stride = spatial("conv2d_transpose", "strides", strides)
    apart = spatial("conv2d_transpose", "dilations", dilations)
    height, width = (int(n) for n in output_shape[1:3])
    window = reach(W.shape[:2], apart)
    (top, _), (left, _) = padding_sides("conv2d_transpose", (height, width), window, stride, padding)
    spread = F.conv_transpose2d(_channels_first(x), W.permute(3, 2, 0, 1), stride=stride, dilation=apart)
    below, beside = height - (spread.shape[2] - top), width - (spread.shape[3] - left)
    return _channels_last(F.pad(spread, (-left, beside, -top, below)))


@_overridable
def bias_add(x: Tensor, b: Tensor) -> Tensor:
    """Add `b` [C] to every position of `x` [N, ..., C]."""
    _check_tensors("bias_add", ("x", x), ("b", b))
    _check_rank("bias_add", "b", b, 1, "[channels]")
    if x.dim() < 2:
        raise InputError(f"bias_add: x has shape {_shape(x)}; at least 2 dimensions, [N, ..., channels], were expected")
    if x.shape[-1] != b.shape[0]:
        raise InputError(
            f"bias_add: x has {x.shape[-1]} channels (shape {_shape(x)}) but b has {b.shape[0]} values "
            f"(shape {_shape(b)}); the two must be equal"
        )
    _check_same_type("bias_add", ("x", x), ("b", b))
    return x + b.to(x.dtype)


@_overridable
def relu(x: Tensor) -> Tensor:
    """max(x, 0), value by value; any shape."""
    _check_tensors("relu", ("x", x))
    return torch.relu(x)


# --- pooling layers -------------------------------------------------------------------------------------------------


@_overridable
def max_pool(x: Tensor, ksize: int | Sequence[int], strides: int | Sequence[int], padding: Padding) -> Tensor:
    """The largest value of each window of `x`; padding never wins.

    Args:
        x: [N, H, W, C].
        ksize: the window, k or [1, k_height, k_width, 1].
        strides: s or [1, s_height, s_width, 1].
        padding: as in `conv2d`.

    Returns:
        [N, out height, out width, C].

    Raises:
        InputError: as for `conv2d`.
    """
    _check_rank("max_pool", "x", x, 4, "[N, H, W, C]")
    _check_floats("max_pool", "x", x)
    window = spatial("max_pool", "ksize", ksize)
    stride = spatial("max_pool", "strides", strides)
    sides = padding_sides("max_pool", x.shape[1:3], window, stride, padding)
    images, inside = _pad(_channels_first(x), sides, float("-inf"), at_most=(window[0] // 2, window[1] // 2))
    return _channels_last(F.max_pool2d(images, window, stride, inside))


@_overridable
def avg_pool(x: Tensor, ksize: int | Sequence[int], strides: int | Sequence[int], padding: Padding) -> Tensor:
    """The mean of each window of `x`, of as many values as lie inside; for the rest as `max_pool`."""
    _check_rank("avg_pool", "x", x, 4, "[N, H, W, C]")
    _check_floats("avg_pool", "x", x)
    window, stride = spatial("avg_pool", "ksize", ksize), spatial("avg_pool", "strides", strides)
    (top, bottom), (left, right) = sides = padding_sides("avg_pool", x.shape[1:3], window, stride, padding)
    images = _channels_first(x)
    if not top + bottom + left + right:
        return _channels_last(F.avg_pool2d(images, window, stride))
    padded, _ = _pad(images, sides, 0.0, at_most=(0, 0))
    inside, _ = _pad(torch.ones_like(images[:1, :1]), sides, 0.0, at_most=(0, 0))
    return _channels_last(F.avg_pool2d(padded, window, stride) / F.avg_pool2d(inside, window, stride))


# --- normalization --------------------------------------------------------------------------------------------------


@_overridable
def batch_normalization(
    x: Tensor, mean: Tensor, variance: Tensor, offset: Tensor | None, scale: Tensor | None, epsilon: float
) -> Tensor:
    """scale · (x − mean) / √(variance + epsilon) + offset, with one of each [C] for a channel of `x` [N, ..., C]."""
    _check_tensors("batch_normalization", ("x", x), ("mean", mean), ("variance", variance))
    channels = x.shape[-1:]
    for name, value in (("mean", mean), ("variance", variance), ("offset", offset), ("scale", scale)):
        if value is not None and value.shape != channels:
            raise InputError(
                f"batch_normalization: {name} has shape {_shape(value)}, and x {_shape(x)}; one value for each of the "
                f"{x.shape[-1]} channels was expected"
            )
    return F.batch_norm(x.movedim(-1, 1), mean, variance, scale, offset, False, 0.0, epsilon).movedim(1, -1)


# --- reshaping layers -----------------------------------------------------------------------------------------------


@_overridable
def reshape(x: Tensor, shape: Sequence[int]) -> Tensor:
    """The same values in the same order in another shape; one dimension may be -1 and takes what is left over."""
    _check_tensors("reshape", ("x", x))
    wanted = whole_numbers(shape)
    if wanted is None:
        raise InputError(f"reshape: shape is {shape}; a list of whole numbers, such as [-1, 784], was expected")
    if wanted.count(-1) > 1 or any(n < -1 for n in wanted):
        raise InputError(f"reshape: shape is {wanted}; sizes are 0 or more, and at most one of them may be -1")
    known = 1
    for n in wanted:
        known *= 1 if n == -1 else n
    fits = x.numel() == known if -1 not in wanted else known > 0 and x.numel() % known == 0
    if not fits:
        raise InputError(
            f"reshape: x has {x.numel()} values (shape {_shape(x)}), which do not fit into shape {wanted}; "
            "the sizes must multiply to the same number"
        )
    return x.reshape(wanted)


# --- fully connected layers -----------------------------------------------------------------------------------------


@_overridable
def matmul(a: Tensor, b: Tensor) -> Tensor:
    """The matrix product of `a` [..., n, k] and `b` [..., k, m]: [..., n, m]."""
    _check_tensors("matmul", ("a", a), ("b", b))
    for name, value in (("a", a), ("b", b)):
        if value.dim() < 2:
            raise InputError(f"matmul: {name} has shape {_shape(value)}; a matrix, [rows, columns], was expected")
    if a.shape[-1] != b.shape[-2]:
        raise InputError(
            f"matmul: a has {a.shape[-1]} columns (shape {_shape(a)}) but b has {b.shape[-2]} rows "
            f"(shape {_shape(b)}); the two must be equal"
        )
    if not _repeats(a.shape[:-2], b.shape[:-2]):
        raise InputError(
            f"matmul: a has shape {_shape(a)} and b {_shape(b)}; before the last two dimensions, "
            "sizes must be equal or 1"
        )
    _check_same_type("matmul", ("a", a), ("b", b))
    return torch.matmul(a, b)


@_overridable
def add(a: Tensor, b: Tensor) -> Tensor:
    """a + b, value by value; a dimension of size 1, or a missing one, is repeated."""
    _check_tensors("add", ("a", a), ("b", b))
    if not _repeats(a.shape, b.shape):
        raise InputError(
            f"add: a has shape {_shape(a)} and b {_shape(b)}; from the last dimension on, sizes must be equal or 1"
        )
    _check_same_type("add", ("a", a), ("b", b))
    return a + b


# --- dropout layers -------------------------------------------------------------------------------------------------


@_overridable
def dropout(x: Tensor, keep_prob: float) -> Tensor:
    """Keep each value of `x` with probability `keep_prob`, scaled by 1 / keep_prob; set the others to 0.

    The scale keeps the expected sum what it was, so nothing has to change when dropout is off (keep_prob = 1).
    ``keep_prob`` = 0 is an error, as in TensorFlow: nothing would be left, and 1 / 0 is no number.
    """
    _check_floats("dropout", "x", x)
    if not isinstance(keep_prob, Real) or not 0.0 < keep_prob <= 1.0:
        raise InputError(
            f"dropout: keep_prob is {keep_prob}; it must be above 0 and at most 1, "
            "because what is kept is scaled by 1 / keep_prob"
        )
    return x if keep_prob == 1 else x * (torch.rand_like(x) < keep_prob).to(x.dtype).div_(keep_prob)


# --- cost -----------------------------------------------------------------------------------------------------------


@_overridable
def softmax_cross_entropy_with_logits(logits: Tensor, labels: Tensor) -> Tensor:
    """−Σ labels · log softmax(logits) over the classes: [N], one loss an image.

    Args:
        logits: [N, classes]; more dimensions before the classes are each kept.
        labels: as `logits`, each row a distribution (one-hot, usually).
    """
    op = "softmax_cross_entropy_with_logits"
    _check_tensors(op, ("logits", logits), ("labels", labels))
    if logits.dim() == 0 or logits.shape != labels.shape:
        raise InputError(
            f"{op}: logits has shape {_shape(logits)} and labels {_shape(labels)}; "
            "they must be equal, [N, classes], each row of labels a distribution (one-hot, usually)"
        )
    _check_floats(op, "logits", logits)
    _check_same_type(op, ("logits", logits), ("labels", labels))
    return -(labels * F.log_softmax(logits, dim=-1)).sum(dim=-1)


def _repeats(a: Sequence[int], b: Sequence[int]) -> bool:
    """Whether shapes `a` and `b` go together when a dimension of size 1, or a missing one, is repeated."""
    return all(m == n or 1 in (m, n) for m, n in zip(reversed(a), reversed(b), strict=False))


def _pad(
    images: Tensor, sides: Sides, value: float, at_most: tuple[int, int] | None = None
) -> tuple[Tensor, tuple[int, int]]:
    """Pad N,C,H,W `images`, or leave it to the op itself where it can: (images, the padding that is left to do)."""
    (top, bottom), (left, right) = sides
    symmetric = top == bottom and left == right
    if symmetric and (at_most is None or (top <= at_most[0] and left <= at_most[1])):
        return images, (top, left)
    return F.pad(images, (left, right, top, bottom), value=value), (0, 0)


def _channels_first(x: Tensor) -> Tensor:
    return x.permute(0, 3, 1, 2)


def _channels_last(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1)


# --- what every op asks of its arguments -----------------------------------------------------------------------------


def _check_tensors(op: str, *arguments: tuple[str, Any]) -> None:
    for name, value in arguments:
        if not isinstance(value, Tensor):
            raise InputError(f"{op}: {name} is a {type(value).__name__}; a torch.Tensor was expected")


def _check_rank(op: str, name: str, value: Tensor, rank: int, expected: str) -> None:
    _check_tensors(op, (name, value))
    if value.dim() != rank:
        count = f"{rank} dimension{'s' if rank > 1 else ''}, {expected},"
        raise InputError(f"{op}: {name} has shape {_shape(value)}; {count} {'were' if rank > 1 else 'was'} expected")


def _check_floats(op: str, name: str, value: Tensor) -> None:
    _check_tensors(op, (name, value))
    if not value.is_floating_point():
        raise InputError(
            f"{op}: {name} (shape {_shape(value)}) holds {value.dtype}; floats were expected ({name}.float())"
        )


def _check_same_type(op: str, first: tuple[str, Tensor], second: tuple[str, Tensor]) -> None:
    (a, x), (b, y) = first, second
    if x.dtype != y.dtype and not torch.is_autocast_enabled(x.device.type):  # autocast itself makes them of one type
        raise InputError(
            f"{op}: {a} (shape {_shape(x)}) holds {x.dtype} and {b} (shape {_shape(y)}) {y.dtype}; "
            "the two must be of one type"
        )


def _shape(value: Tensor) -> list[int]:
    return list(value.shape)
