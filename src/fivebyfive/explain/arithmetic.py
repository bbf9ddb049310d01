"""One output value → the sum behind it, computed once more from the captured inputs, in double precision.

The sum itself is the kind's (`kinds/`); here it is checked that it explains the value, and said where it does not.
Nothing is read from the output itself (but which units dropout dropped).
"""

import math
from dataclasses import replace

import numpy as np
import torch

from fivebyfive.errors import InputError
from fivebyfive.explain.kind import Sum
from fivebyfive.explain.kinds import home
from fivebyfive.explain.layout import Position, index_of
from fivebyfive.explain.made import made_by_code
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.terms import HALVES, added

ROUNDING = 0.05
"""What rounding makes of a sum is less than this part of its terms, in bfloat16 even and over thousands of them."""


def arithmetic(step: Step, position: Position) -> Arithmetic:
    """How the output value at `position` came about.

    Raises:
        InputError: the operation has no arithmetic here, or a weight has changed since the trace was made.
    """
    for tensor, version in step.call.versions:
        if tensor._version != version:
            raise InputError(
                f"a tensor that {step.name} uses has been changed since this trace was made; explain the image again"
            )
    if any(found.output.is_complex() for found in (step, *step.origins)):
        raise InputError(f"{step.name} ({step.op}) computes with complex numbers; their arithmetic is not known here")
    index = index_of(position, step.output_shape, step.layout)
    find = _find(step)
    if find is None:
        raise InputError(
            f"the arithmetic of {step.name} ({step.op}) is not known here; its output is in the trace all the same"
        )
    try:
        with np.errstate(all="ignore"):  # infinities and what is not a number are values like others
            found = find(step, index, position)
    except InputError:
        raise
    except (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"{step.name} calls {step.op} in a way whose arithmetic is not known here") from error
    if not _agrees(step, found, float(step.output[index])):
        raise InputError(f"{step.name} ({step.op}) computes what the arithmetic known here does not explain")
    return _in_its_precision(step, found)


def _find(step: Step) -> Sum | None:
    kind = home(step.op)
    if step.kind not in ("input", "output"):
        if not step.origins and not step.call.versions:
            return made_by_code
        if not step.call.values:
            return None
    return None if kind is None else kind.sum


def _agrees(step: Step, found: Arithmetic, value: float) -> bool:
    """Whether the total can be the network's value at all: rounding makes the two differ, but never by so much."""
    total = float(torch.tensor(found.total, dtype=torch.float64).to(step.output.dtype))
    if not math.isfinite(value) or not math.isfinite(total):
        return total == value or math.isnan(total) == math.isnan(value)
    parts = [abs(term.product) for term in found.terms if math.isfinite(term.product)]
    size = max(abs(value), abs(total), abs(found.remainder), abs(found.bias or 0.0), added(parts))
    return abs(total - value) <= ROUNDING * size + float(np.finfo(np.float32).tiny)


def _in_its_precision(step: Step, found: Arithmetic) -> Arithmetic:
    """Said of half precision alone, where sums are visibly not exact."""
    if step.output.dtype not in HALVES or found.operation not in ("sum", "mean"):
        return found
    name = str(step.output.dtype).removeprefix("torch.")
    return replace(found, figures=f"{found.figures} (added up in {name})", details={**found.details, "precision": name})
