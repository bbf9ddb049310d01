"""Sums of products: a row of one operand times a column of another, two results, or one and what was learned.

Buffers: see `operands.py`, for both factors, and for what is added to the sum where something is.
"""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fivebyfive.explain.kind import shape_of
from fivebyfive.explain.step import Step
from fivebyfive.views.page.operands import Read, described, is_weight, numbered
from fivebyfive.views.page.sent import Sent

PRODUCTS = ("linear", "matmul", "mm", "bmm", "mv", "dot", "addmm", "addmv", "baddbmm")
SCALED = ("addmm", "addmv", "baddbmm")

GENERAL = True


def sent(step: Step) -> Sent | None:
    """Which numbers are multiplied; None where it is no sum of such products."""
    values = step.call.values
    if step.op == "einsum":
        reads = _einsum(step)
    elif step.op in PRODUCTS:
        reads = _matrices(step, values["input"], values["weight" if step.op == "linear" else "other"])
    else:
        return None
    if reads is None or not any(isinstance(read.operand, Step) for read in reads):
        return None
    added = _added(step)
    if added is None:
        return None
    operands, buffers = described(step, [*reads, *added], weight=True)
    scaled = step.op in SCALED
    alpha, beta = (float(values.get(name, 1.0)) if scaled else 1.0 for name in ("alpha", "beta"))
    return Sent({"operands": operands, "factor": alpha, "added": beta if added else None}, buffers)


def _matrices(step: Step, left: Any, right: Any) -> list[Read] | None:
    rows, columns = _numbers(step, left), _numbers(step, right)
    if rows is None or columns is None or not rows.numel() or not columns.numel():
        return None
    columns = columns.T if step.op == "linear" else columns
    vectors = (rows.dim() == 1, columns.dim() == 1)
    rows = rows[None] if vectors[0] else rows
    columns = columns[:, None] if vectors[1] else columns
    shape = step.output_shape
    lead = np.broadcast_shapes(rows.shape[:-2], columns.shape[:-2])
    whole = (*lead, rows.shape[-2], columns.shape[-1])
    return [
        Read(left, rows[..., :1].expand(whole).reshape(shape), _line(rows)),
        Read(right, columns[..., :1, :].expand(whole).reshape(shape), _line(columns.transpose(-1, -2))),
    ]


def _line(rows: Tensor) -> Tensor:
    line = rows.reshape(-1, rows.shape[-1])[0]
    return line - line[0]


def _numbers(step: Step, operand: Any) -> Tensor | None:
    if is_weight(step, operand):
        return torch.arange(operand.numel()).reshape(operand.shape)
    return numbered(operand)


def _einsum(step: Step) -> list[Read] | None:
    """Two operands whose letters are named, each once."""
    equation, operands = step.call.values.get("input"), step.call.values.get("operands")
    if not isinstance(equation, str) or operands is None or len(operands) != 2 or "." in equation:
        return None
    before, arrow, result = equation.replace(" ", "").partition("->")
    letters = before.split(",")
    if not arrow or len(letters) != 2 or any(len(set(one)) < len(one) for one in (*letters, result)):
        return None
    sizes = {a: n for one, operand in zip(letters, operands, strict=True) for a, n in _sizes(one, operand)}
    summed = [letter for letter in sizes if letter not in result]
    reads = []
    for one, operand in zip(letters, operands, strict=True):
        numbers = _numbers(step, operand)
        if numbers is None or not numbers.numel() or any(n != sizes[a] for a, n in _sizes(one, operand)):
            return None
        own = [letter for letter in (*result, *summed) if letter in one]
        ordered = numbers.permute([one.index(letter) for letter in own])
        ordered = ordered.reshape([sizes[a] if a in one else 1 for a in (*result, *summed)])
        ordered = ordered.expand([sizes[a] for a in (*result, *summed)])
        lines = ordered.reshape(*step.output_shape, math.prod(sizes[a] for a in summed))
        first = lines[(0,) * len(result)]
        reads.append(Read(operand, lines[..., 0], first - first[0]))
    return reads


def _sizes(letters: str, operand: Any) -> list[tuple[str, int]]:
    return list(zip(letters, shape_of(operand), strict=True))


def _added(step: Step) -> list[Read] | None:
    """What is added to the sum of the products, if anything; None where it cannot be shown."""
    bias = step.call.values.get("bias") if step.op in ("linear", *SCALED) else None
    if bias is None:
        return []
    numbers = numbered(bias)
    return None if numbers is None else [Read(bias, numbers.expand(step.output_shape))]
