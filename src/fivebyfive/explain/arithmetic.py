"""One output value → the sum behind it, computed once more from the captured inputs, in double precision.

The sum itself is the kind's (`kinds/`); here it is checked that it explains the value, and said where it does not.
Nothing is read from the output itself (but which units dropout dropped).
"""

import math
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.alone import expect_unchanged
from fivebyfive.explain.figures import short
from fivebyfive.explain.given import leaves
from fivebyfive.explain.kind import Index, Sum
from fivebyfive.explain.kinds import home
from fivebyfive.explain.layout import Position, index_of
from fivebyfive.explain.made import made_by_code
from fivebyfive.explain.replay import function_value
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.terms import HALVES, added, magnitude, rounded, tensor_of

ROUNDING = 0.05
"""What rounding makes of a sum is less than this part of its terms, in bfloat16 even and over thousands of them."""


def arithmetic(step: Step, position: Position) -> Arithmetic:
    """How the output value at `position` came about.

    Raises:
        InputError: the operation has no arithmetic here, or a weight has changed since the trace was made.
    """
    expect_unchanged(step)
    index = index_of(position, step.output_shape, step.layout)
    find = _find(step)
    if find is None:
        raise InputError(
            f"the arithmetic of {step.name} ({step.op}) is not known here; its output is in the trace all the same"
        )
    try:
        # Infinities and what is not a number are values like others; what was asked for in inference mode is answered.
        with np.errstate(all="ignore"), torch.inference_mode(False):
            found = find(step, index, position)
    except InputError:
        raise
    except (ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"{step.name} calls {step.op} in a way whose arithmetic is not known here") from error
    found = _on_its_steps(step, found) if step.output.is_quantized else found
    if not _agrees(step, found, magnitude(step.output[index])):
        raise InputError(f"{step.name} ({step.op}) computes what the arithmetic known here does not explain")
    return _in_its_precision(step, found)


def _find(step: Step) -> Sum | None:
    kind = home(step.op)
    if step.kind not in ("input", "output"):
        if not step.origins and not step.call.versions:
            return made_by_code
        if not step.call.values:
            return None
    if kind is None or kind.sum is None:
        return None
    own = kind.moves is not None or kind.complex
    return kind.sum if own or not _is_complex(step) else complex_sum


def _is_complex(step: Step) -> bool:
    held = leaves((step.output, step.call.arguments, step.call.keywords))
    return any(tensor_of(value).is_complex() for value in held if isinstance(value, (Step, Tensor)))


def complex_sum(step: Step, index: Index, position: Position) -> Arithmetic:
    """The magnitude of a complex number, and what it hangs on; of the kind only its name says how."""
    return function_value(step, index, position, f"the magnitude of {step.op}")


def _agrees(step: Step, found: Arithmetic, value: float) -> bool:
    """Whether the total can be the network's value at all: rounding makes the two differ, but never by so much."""
    total = rounded(found.total, step)
    if not math.isfinite(value) or not math.isfinite(total):
        return total == value or math.isnan(total) == math.isnan(value)
    parts = [abs(term.product) for term in found.terms if math.isfinite(term.product)]
    size = max(abs(value), abs(total), abs(found.remainder), abs(found.bias or 0.0), added(parts))
    return abs(total - value) <= ROUNDING * size + float(np.finfo(np.float32).tiny)


def _on_its_steps(step: Step, found: Arithmetic) -> Arithmetic:
    """The nearest number that the quantized output can hold."""
    if step.output.qscheme() != torch.per_tensor_affine or found.operation == "copy":
        return found
    scale, zero = step.output.q_scale(), step.output.q_zero_point()
    limits = torch.iinfo(step.output.int_repr().dtype)
    whole = min(max(round(found.total / scale) + zero, limits.min), limits.max)
    total = (whole - zero) * scale
    figures = f"{found.figures}, rounded to ({whole} − {zero}) · {scale:.4g} = {short(total)}"
    return replace(found, operation="function", total=total, winner=None, figures=figures,
                   details={**found.details, "scale": scale, "zero_point": zero, "integer": whole})  # fmt: skip


def _in_its_precision(step: Step, found: Arithmetic) -> Arithmetic:
    """Said of half precision alone, where sums are visibly not exact."""
    if step.output.dtype not in HALVES or found.operation not in ("sum", "mean"):
        return found
    name = str(step.output.dtype).removeprefix("torch.")
    return replace(found, figures=f"{found.figures} (added up in {name})", details={**found.details, "precision": name})
