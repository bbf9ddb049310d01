"""The post's network arranged for speed: the same function as `conv_net.conv_net`, in other steps.

Only rounding differs. What is done otherwise, and why:

* Memory is ordered [height, width, channels, images]. Every step is then a matrix product, or one pass, over long
  contiguous rows; the flattened maps come out in the post's order without being moved.
* First layer: the four outputs that one pooling window compares see 6×6 pixels together, so one matrix of 4·32 rows
  gives all four from those pixels, bias included. It goes a row of windows at a time, so that the four, of which one
  is kept, never leave the processor's cache, on the way forward and back.
* Second convolution: by the convolution theorem. A convolution is a product in the frequency domain: for a picture
  of 14×14, 144 complex products for each pair of channels instead of 14·14·25 real ones, and the transforms are
  small matrices. One image takes 2.3 million multiplications instead of 10.
* Pooling comes before bias and ReLU: both keep the order of values, so the largest stays the largest, and a quarter
  of the values is left to go through them.
* Large products are oneDNN's (`products.py`).

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
from torch.autograd.function import once_differentiable

from fivebyfive import ops
from fivebyfive.networks.products import product

Values = Mapping[str, Tensor] | nn.ParameterDict


def conv_net(
    x: Tensor, weights: Values, biases: Values, dropout: float, height: int = 28, width: int = 28, channels: int = 1
) -> Tensor:
    """[N, height·width·channels] → logits [N, classes]; arguments as for `conv_net.conv_net`. `x` gets no gradient."""
    images = x.shape[0]
    pixels = x.t().reshape(height, width, channels, images)
    conv1 = _first_layer(pixels, weights["wc1"], biases["bc1"])
    conv2 = _pool(_convolution_by_frequency(conv1, weights["wc2"]))
    conv2 = (conv2 + biases["bc2"][:, None]).relu_()
    fc1 = conv2.view(-1, images).t()
    fc1 = (product(fc1, weights["wd1"]) + biases["bd1"]).relu_()
    fc1 = ops.dropout(fc1, dropout)
    return torch.addmm(biases["out"], fc1, weights["out"])


# --- the first layer, a row of pooling windows at a time ------------------------------------------------------------


def _first_layer(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """5×5 convolution with SAME padding, bias, 2×2 pooling and ReLU: [H, W, C, N] → [⌈H/2⌉, ⌈W/2⌉, out, N]."""
    # Each filter at its four places in the 6×6 pixels, and the bias for a last pixel that is always 1.
    places = [F.pad(W, (0, 0, 0, 0, right, 1 - right, down, 1 - down)) for down in (0, 1) for right in (0, 1)]
    four = torch.stack(places).permute(0, 4, 1, 2, 3).reshape(4 * W.shape[3], -1)
    result: Tensor = _PooledConvolution.apply(x, torch.cat([four, b.repeat(4)[:, None]], 1))  # type: ignore[no-untyped-call]
    return result


class _PooledConvolution(torch.autograd.Function):
    """From pixels [H, W, C, N] and `four` [4·out, 6·6·C + 1] to the largest of each four outputs, through ReLU.

    Where outputs are equal, one of them gets the gradient: which one makes no difference, as their pixels are equal.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, four: Tensor) -> Tensor:
        height, width, channels, images = x.shape
        rows, columns, filters = -(-height // 2), -(-width // 2), len(four) // 4
        padded = F.pad(x, (0, 0, 0, 0, 2, 2 + width % 2, 2, 2 + height % 2))
        windows = padded.unfold(0, 6, 2).unfold(1, 6, 2).permute(0, 1, 4, 5, 2, 3)
        seen = x.new_ones(rows, columns, four.shape[1], images)
        seen[:, :, :-1].view(rows, columns, 6, 6, channels, images).copy_(windows)
        result = x.new_empty(rows, columns, filters, images)
        learns = ctx.needs_input_grad[1]
        # By how much the left outputs are larger than the right ones, and the larger upper one than the lower.
        sideways = x.new_empty(rows, columns, 2, filters, images) if learns else None
        downwards = torch.empty_like(result) if learns else None
        for row in range(rows):
            compared = torch.bmm(four.expand(columns, -1, -1), seen[row]).view(columns, 2, 2, filters, images)
            if 2 * row + 1 == height:  # outputs beyond the picture's edge are no outputs
                compared[:, 1] = -math.inf
            if width % 2:
                compared[-1, :, 1] = -math.inf
            left, right = compared.unbind(2)
            upper, lower = torch.maximum(left, right).unbind(1)
            torch.maximum(upper, lower, out=result[row]).relu_()
            if sideways is not None and downwards is not None:
                torch.sub(left, right, out=sideways[row])
                torch.sub(upper, lower, out=downwards[row])
        ctx.save_for_backward(seen, result, sideways, downwards)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor]:
        (seen, result, sideways, downwards), (gradient,) = ctx.saved_tensors, gradients
        rows, columns, filters, images = result.shape
        two = seen.new_empty(columns, 2, filters, images)
        four = seen.new_empty(columns, 2, 2, filters, images)
        by_four = seen.new_zeros(columns, 4 * filters, seen.shape[2])
        for row in range(rows):
            largest = _where_positive(result[row], gradient[row], torch.empty_like(two[:, 0]))
            torch.sub(largest, _where_positive(downwards[row], largest, two[:, 0]), out=two[:, 1])
            torch.sub(two, _where_positive(sideways[row], two, four[:, :, 0]), out=four[:, :, 1])
            by_four.baddbmm_(four.view(columns, 4 * filters, images), seen[row].transpose(1, 2))
        return None, by_four.sum(0)


def _where_positive(x: Tensor, values: Tensor, out: Tensor) -> Tensor:
    """`values` where `x` > 0, elsewhere 0, written to `out`: ReLU's gradient is the quickest that says so."""
    torch.ops.aten.threshold_backward.grad_input(values, x, 0, grad_input=out)
    return out


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
@torch.inference_mode(False)  # kept for whoever asks next, who may be learning
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
