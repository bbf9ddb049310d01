"""Batch normalization over the whole batch, where each process has a part of it.

Means and variances of parts are noisier than those of the whole, and a batch that is split further would then be
learned from in another way. So each process tells its counts, means and variances, all work out the same ones of the
whole batch, and on the way back the two sums that they depend on are added up likewise.

PyTorch has this for GPUs (`SyncBatchNorm`), as layers that take the place of the network's own. Here the function
itself is another one as long as a training goes forward, on any device, and the network stays as it is.

Source: S. Ioffe and C. Szegedy, Batch Normalization, 2015, https://arxiv.org/abs/1502.03167, and of the joint variance:
T. Chan, G. Golub and R. LeVeque, Updating Formulae and a Pairwise Algorithm for Computing Sample Variances, 1979
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from fivebyfive.group import Group, current


def over_all(group: Group) -> AbstractContextManager[object]:
    """Within it, batch normalization in training is over the batches of all processes of `group`."""
    return nullcontext() if group.alone else _OverAll()


class _OverAll(TorchFunctionMode):
    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        return (_normalized if function is F.batch_norm else function)(*args, **(kwargs or {}))


def _normalized(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """As `torch.nn.functional.batch_norm`, whose arguments these are."""
    if not training:
        return F.batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    with torch.no_grad():
        mean, var, count = _of_all(input.float() if input.dtype in (torch.bfloat16, torch.float16) else input)
        if running_mean is not None and running_var is not None:
            running_mean.lerp_(mean.to(running_mean.dtype), momentum)
            running_var.lerp_((var * (count / max(count - 1.0, 1.0))).to(running_var.dtype), momentum)
    normalized: Tensor = _Normalization.apply(input, weight, bias, mean, var, count, eps)  # type: ignore[no-untyped-call]
    return normalized


def _of_all(x: Tensor) -> tuple[Tensor, Tensor, float]:
    """Mean and variance [C] of every channel of [N, C, …] over all processes, and over how many values."""
    mean, var = torch.ops.aten.batch_norm_update_stats(x, None, None, 0.0)  # what `F.batch_norm` begins with
    count = torch.tensor([x.numel() / x.shape[1]], dtype=mean.dtype, device=mean.device)
    rows = current().rows(torch.cat([count, mean, var]))
    counts, means, variances = rows[:, :1], rows[:, 1 : 1 + len(mean)], rows[:, 1 + len(mean) :]
    total = counts.sum()
    joint = (counts * means).sum(0) / total
    return joint, (counts * (variances + (means - joint) ** 2)).sum(0) / total, float(total)


class _Normalization(torch.autograd.Function):
    """y = (x − mean) / √(var + eps) · weight + bias, where mean and variance depend on every process's x."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        weight: Tensor | None,
        bias: Tensor | None,
        mean: Tensor,
        var: Tensor,
        count: float,
        eps: float,
    ) -> Tensor:
        ctx.save_for_backward(x, weight, mean, var)
        ctx.count, ctx.eps, ctx.has_bias = count, eps, bias is not None
        return F.batch_norm(x, mean, var, weight, bias, False, 0.0, eps)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        """With x̂ = (x − mean) · s: dx = weight · s · (dy − Σ dy / n − x̂ · Σ dy·x̂ / n), sums over all processes."""
        x, weight, mean, var = ctx.saved_tensors
        (dy,) = gradients
        s = torch.rsqrt(var + ctx.eps)
        shape = [1, -1] + [1] * (x.dim() - 2)
        wide, dy_wide = x.to(mean.dtype), dy.to(mean.dtype)
        _, own_weight, own_bias = torch.ops.aten.native_batch_norm_backward(
            dy_wide, wide, torch.ones_like(mean), None, None, mean, s, True, ctx.eps, [False, True, True]
        )  # Σ dy·x̂ and Σ dy of this process
        sums = current().rows(torch.cat([own_bias, own_weight])).sum(0)
        of_dy, of_dy_x = (sums / ctx.count).chunk(2)
        scale = s if weight is None else s * weight.to(mean.dtype)
        slope = -scale * s * of_dy_x
        offset = -scale * of_dy - slope * mean
        dx = torch.addcmul(offset.view(shape), wide, slope.view(shape)).addcmul_(dy_wide, scale.view(shape))
        dw = None if weight is None else own_weight.to(weight.dtype)
        db = own_bias.to(mean.dtype if weight is None else weight.dtype) if ctx.has_bias else None
        return dx.to(x.dtype), dw, db, None, None, None, None
