"""Products of large matrices, by oneDNN.

PyTorch's own go to MKL, which uses half the width of the vectors of a processor that is not its own maker's.
"""

from typing import Any

import torch
from torch import Tensor


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
