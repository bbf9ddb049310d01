"""The post's network arranged for speed: the same function as `conv_net.conv_net`, in other steps.

Only rounding differs. What is done otherwise, and why:

* Memory is ordered [height, width, channels, images]. Every step is then a matrix product, or one pass, over long
  contiguous rows; the flattened maps come out in the post's order without being moved.
* First convolution: the four outputs that one pooling window compares see 6×6 pixels together, so one matrix of
  4·32 columns gives all four from those pixels, and what is pooled lies side by side.
* Second convolution: by the convolution theorem. A convolution is a product in the frequency domain: for a picture
  of 14×14, 144 complex products for each pair of channels instead of 14·14·25 real ones, and the transforms are
  small matrices. One image takes 2.3 million multiplications instead of 10.
* Pooling comes before bias and ReLU: both keep the order of values, so the largest stays the largest, and a quarter
  of the values is left to go through them.
* Large products are oneDNN's. PyTorch's own go to MKL, which uses half the width of the vectors of a
  processor that is not its own maker's.

Sources: the convolution theorem for a cyclic transform, Oppenheim and Schafer, Discrete-Time Signal Processing, §8.6;
its use for convolutional networks, Mathieu, Henaff and LeCun 2014, https://arxiv.org/abs/1312.5851.
"""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fivebyfive import ops

Values = Mapping[str, Tensor] | nn.ParameterDict


def conv_net(
    x: Tensor, weights: Values, biases: Values, dropout: float, height: int = 28, width: int = 28, channels: int = 1
) -> Tensor:
    """[N, height·width·channels] → logits [N, classes]; arguments as for `conv_net.conv_net`."""
    images = x.shape[0]
    pixels = x.t().reshape(height, width, channels, images)
    conv1 = _pooled_convolution(pixels, weights["wc1"])
    conv1 = (conv1 + biases["bc1"][:, None]).relu_()
    conv2 = _pool(_convolution_by_frequency(conv1, weights["wc2"]))
    conv2 = (conv2 + biases["bc2"][:, None]).relu_()
    fc1 = conv2.view(-1, images).t()
    fc1 = (product(fc1, weights["wd1"]) + biases["bd1"]).relu_()
    fc1 = ops.dropout(fc1, dropout)
    return torch.addmm(biases["out"], fc1, weights["out"])


# --- products of matrices --------------------------------------------------------------------------------------------


class _OneDnnProduct(torch.autograd.Function):
    """``a @ b`` and its gradients by oneDNN, which takes either matrix as it lies, transposed or not."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor) -> Tensor:
        ctx.save_for_backward(a, b)
        return _by_onednn(a, b)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor | None]:
        (a, b), (gradient,) = ctx.saved_tensors, gradients
        by_a = _by_onednn(gradient, b.t()) if ctx.needs_input_grad[0] else None
        by_b = _by_onednn(a.t(), gradient) if ctx.needs_input_grad[1] else None
        return by_a, by_b


def product(a: Tensor, b: Tensor) -> Tensor:
    """``a @ b`` for matrices [n, k] and [k, m]: by oneDNN where this PyTorch has it and it is its kind of work."""
    suits = a.device.type == "cpu" and a.dtype == b.dtype == torch.float32 and min(*a.shape, *b.shape) > 0
    if not suits or not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        return a @ b
    result: Tensor = _OneDnnProduct.apply(a, b)  # type: ignore[no-untyped-call]
    return result


def _by_onednn(a: Tensor, b: Tensor) -> Tensor:
    result: Tensor = torch.ops.mkldnn._linear_pointwise(a, b.t(), None, "none", [], "")
    return result


# --- the first convolution, a pooling window at a time --------------------------------------------------------------


def _pooled_convolution(x: Tensor, W: Tensor) -> Tensor:
    """5×5 convolution with SAME padding, then 2×2 pooling: [H, W, C, N] → [⌈H/2⌉, ⌈W/2⌉, out, N]."""
    height, width, _, images = x.shape
    filters = W.shape[3]
    odd_row, odd_column = height % 2, width % 2
    padded = F.pad(x, (0, 0, 0, 0, 2, 2 + odd_column, 2, 2 + odd_row))
    seen = padded.unfold(0, 6, 2).unfold(1, 6, 2).permute(4, 5, 2, 0, 1, 3)  # [6, 6, C, rows, columns, N]
    rows, columns = seen.shape[3:5]

    # Each filter at its four places in the 6×6 pixels.
    places = [F.pad(W, (0, 0, 0, 0, right, 1 - right, down, 1 - down)) for down in (0, 1) for right in (0, 1)]
    four = torch.stack(places).permute(1, 2, 3, 0, 4).reshape(-1, 4 * filters)
    compared = product(seen.reshape(len(four), -1).t(), four).view(rows, columns, images, 4, filters)
    if odd_row:  # outputs beyond the picture's edge are no outputs
        compared[-1, :, :, 2:] = -math.inf
    if odd_column:
        compared[:, -1, :, 1::2] = -math.inf
    if torch.is_grad_enabled():
        largest = _as_rows(F.max_pool2d(_as_channels(compared.view(-1, 4, 1, filters)), (4, 1)))
    else:  # nobody will ask which of the four it was
        largest = torch.maximum(
            torch.maximum(compared[..., 0, :], compared[..., 1, :]),
            torch.maximum(compared[..., 2, :], compared[..., 3, :]),
        )
    return largest.reshape(rows, columns, images, filters).transpose(2, 3).contiguous()


def _pool(x: Tensor) -> Tensor:
    """2×2 max pooling with SAME padding: [H, W, C, N] → [⌈H/2⌉, ⌈W/2⌉, C, N]."""
    height, width, channels, images = x.shape
    if torch.is_grad_enabled():
        largest = _as_rows(F.max_pool2d(_as_channels(x.view(1, height, width, -1)), 2, ceil_mode=True))
        return largest.reshape(-(-height // 2), -(-width // 2), channels, images)
    x = F.pad(x, (0, 0, 0, 0, 0, width % 2, 0, height % 2), value=-math.inf) if height % 2 or width % 2 else x
    return torch.maximum(torch.maximum(x[::2, ::2], x[::2, 1::2]), torch.maximum(x[1::2, ::2], x[1::2, 1::2]))


def _as_channels(x: Tensor) -> Tensor:
    """[B, H, W, everything else] as a channels_last batch: PyTorch's pooling is fast in that order."""
    return x.permute(0, 3, 1, 2)


def _as_rows(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1)


# --- the second convolution, by frequency ---------------------------------------------------------------------------


@dataclass(frozen=True)
class _Transform:
    """Discrete Fourier transforms of H×W maps as matrices of real numbers: re and im are rows of their own.

    A map of H rows becomes ``up`` complex rows, the frequencies u of a real signal (the others mirror them), and each
    of these ``across`` columns, the frequencies v.
    """

    up: int
    across: int
    rows: Tensor  # [up · 2, H]
    columns: Tensor  # [across · 2, 2 · W]
    columns_back: Tensor  # [2 · W, across · 2]
    rows_back: Tensor  # [H, up · 2]
    filters: tuple[Tensor, Tensor]  # [up · across · 2, 25] each: what multiplies a map's re, and its im


def _convolution_by_frequency(x: Tensor, W: Tensor) -> Tensor:
    """5×5 convolution with SAME padding: [H, W, C, N] → [H, W, out, N]."""
    (height, width, channels, images), filters = x.shape, W.shape[3]
    t = _transform(height, width, x.device)

    maps = t.rows @ x.view(height, -1)
    maps = torch.bmm(t.columns.expand(t.up, -1, -1), maps.view(t.up, 2 * width, -1))
    maps = maps.view(t.up * t.across, 2 * channels, images)

    # (a + ib)(x + iy) as a matrix: [a −b; b a] times [x; y]; `by_re` holds (a, b), `by_im` (−b, a).
    taps = W.transpose(2, 3).reshape(25, -1)
    by_re, by_im = ((part @ taps).view(-1, 2 * filters, channels) for part in t.filters)
    product = torch.bmm(torch.cat([by_re, by_im], dim=2), maps)

    product = torch.bmm(t.columns_back.expand(t.up, -1, -1), product.view(t.up, 2 * t.across, -1))
    return (t.rows_back @ product.view(2 * t.up, -1)).view(height, width, filters, images)


@functools.lru_cache(maxsize=8)
def _transform(height: int, width: int, device: torch.device) -> _Transform:
    # Two more rows and columns, all zero, are the padding of both sides: a transform goes around in a circle.
    down_to, across_to = height + 2, width + 2
    u, v, taps = torch.arange(down_to // 2 + 1), torch.arange(across_to), torch.arange(-2, 3)
    down, across = _waves(u, torch.arange(height), down_to), _waves(v, torch.arange(width), across_to)
    at_taps = _waves(u, taps, down_to)[:, None, :, None] * _waves(v, taps, across_to)[None, :, None, :]
    # Every frequency u but the first, and the last of an even number, stands for its mirror image too.
    share = torch.where((u == 0) | (2 * u == down_to), 1.0, 2.0)[:, None] / down_to
    parts = _as_parts(at_taps.reshape(-1, 25))  # [frequency, part given, part taken, tap]

    def matrix(values: Tensor, rows: int) -> Tensor:
        return values.reshape(rows, -1).to(device, torch.float32)

    return _Transform(
        up=len(u),
        across=len(v),
        rows=matrix(_as_parts(down.conj())[:, :, 0], 2 * len(u)),
        columns=matrix(_as_parts(across.conj()), 2 * len(v)),
        columns_back=matrix(_as_parts(across / across_to).permute(1, 3, 0, 2), 2 * width),
        rows_back=matrix(_as_parts(down * share)[:, 0].permute(2, 0, 1), height),
        filters=(matrix(parts[:, :, 0], 2 * len(parts)), matrix(parts[:, :, 1], 2 * len(parts))),
    )


def _waves(frequencies: Tensor, positions: Tensor, around: int) -> Tensor:
    """e^(2πi · frequency · position / around): complex [frequencies, positions]."""
    turns = frequencies[:, None].double() * positions / around
    return torch.polar(torch.ones_like(turns), 2.0 * math.pi * turns)


def _as_parts(z: Tensor) -> Tensor:
    """What multiplying by z = a + ib gives of re and im, and takes: [[a, −b], [b, a]], as [rows, 2, 2, columns]."""
    return torch.stack([torch.stack([z.real, -z.imag], 1), torch.stack([z.imag, z.real], 1)], 1)
