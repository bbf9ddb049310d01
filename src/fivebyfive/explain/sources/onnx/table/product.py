"""Products of matrices."""

import string
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.sources.onnx.op import Op, Run, plain, room, shape_of_all


def gemm(op: Op) -> Run:
    """alpha · A · B + beta · C: a fully connected layer, where B is constant."""
    alpha, beta = float(op.get("alpha", 1.0)), float(op.get("beta", 1.0))
    trans_a, trans_b = bool(op.get("transA", 0)), bool(op.get("transB", 0))
    c = op.constant(2)
    is_layer = op.constant(1) is not None and (not op.has(2) or (c is not None and c.dim() == 1))
    is_layer = is_layer and alpha == 1.0 and (beta == 1.0 or not op.has(2))
    if is_layer and op.constants[1].is_floating_point():  # type: ignore[union-attr]
        if not trans_b:
            op.derive(1, lambda w: w.t())
        if c is not None and c.numel() == 1:
            op.derive(2, lambda b: b.expand(op.derived.get(1, op.constants[1]).shape[0]))  # type: ignore[union-attr]
        return lambda a, w, b=None: F.linear(a.t() if trans_a else a, w, b)

    def run(a: Tensor, b: Tensor, c: Tensor | None = None) -> Any:
        a, b = a.t() if trans_a else a, b.t() if trans_b else b
        room(a.shape[0], b.shape[1])
        if c is None:
            made = torch.matmul(a, b)
            return made if alpha == 1.0 else made * alpha
        if a.is_floating_point() and c.dim() < 3 and alpha == beta == 1.0:
            return torch.addmm(c, a, b)
        made = torch.matmul(a, b)
        made = made if alpha == 1.0 else made * alpha
        return made + (c if beta == 1.0 else c * beta)

    return run


def _matmul(a: Tensor, b: Tensor) -> Tensor:
    rows, columns = a.shape[-2:-1], b.shape[-1:] if b.dim() > 1 else ()
    room(*shape_of_all(a.shape[:-2], b.shape[:-2]), *rows, *columns)
    return torch.matmul(a, b)


def einsum(op: Op) -> Run:
    """Σ over the letters that the result has not."""
    equation = str(op.get("equation")).replace(" ", "")

    def run(*operands: Tensor) -> Any:
        terms = equation.partition("->")[0].split(",")
        sizes: dict[str, int] = {}
        for term, x in zip(terms, operands, strict=False):
            letters = [c for c in term if c in string.ascii_letters]
            sizes |= dict(zip(letters, x.shape[: len(letters)], strict=False)) if "." not in term else {}
        result = equation.partition("->")[2]
        room(*(sizes.get(c, 1) for c in result if c in string.ascii_letters))
        return torch.einsum(equation, *operands)

    return run


TABLE = {"Gemm": gemm, "MatMul": plain(_matmul), "Einsum": einsum, "Det": plain(torch.det)}
FIXED = ("MatMul",)
