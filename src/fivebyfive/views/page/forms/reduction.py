"""Reductions: many values along dimensions become one, their mean, sum, largest, spread, length …

Buffers: see `operands.py`, for the one operand.
"""

from collections.abc import Sequence
from typing import Any

from fivebyfive.explain.step import Step
from fivebyfive.views.page.operands import Read, along_dimensions, described, first_along, numbered
from fivebyfive.views.page.sent import Sent

WORKED_OUT = {"mean", "sum", "amax", "amin", "max", "min", "prod", "var", "std", "norm", "logsumexp"}
WORKED_OUT |= {"argmax", "argmin"}
"""What js/kinds/reduction.js can make of the values."""

GENERAL = True


def sent(step: Step) -> Sent | None:
    """Which values become one; None for what is no reduction."""
    values = step.call.values
    if step.op not in WORKED_OUT or "other" in values or values.get("input") not in step.origins:
        return None
    operand = values["input"]
    numbers = numbered(operand)
    if numbers is None or not numbers.numel():
        return None
    dims = _dimensions(values.get("dim"), numbers.dim())
    base = first_along(numbers, dims).reshape(step.output_shape)
    operands, buffers = described(step, [Read(operand, base, along_dimensions(numbers, dims))])
    return Sent({"operands": operands, "reduced": _reduced(step)} | _numbers(step), buffers)


def _dimensions(dim: Any, rank: int) -> list[int]:
    given = range(rank) if dim is None or dim == () else dim if isinstance(dim, Sequence) else (dim,)
    return sorted({d % rank for d in given}) if rank else []


def _reduced(step: Step) -> str:
    """What is made of the values."""
    name = {"amax": "max", "amin": "min"}.get(step.op, step.op)
    return f"arg{name}" if name in ("max", "min") and step.attributes.get("part") == 1 else name


def _numbers(step: Step) -> dict[str, Any]:
    """The power of a length, and how many values fewer a variance divides by."""
    values = step.call.values
    if step.op == "norm":
        p = values.get("p")
        return {"power": 2.0 if p is None or p == "fro" else float(p)}
    if step.op in ("var", "std"):
        less = values.get("correction", values.get("unbiased", True))
        return {"fewer": 1 if less is None else int(less)}
    return {}
