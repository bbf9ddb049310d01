"""Two values become one, place by place: with a number, with what the network holds, or with another result.

Buffers: see `operands.py`, for both operands.
"""

from typing import Any

import torch

from fivebyfive.explain.kind import names
from fivebyfive.explain.kinds.binary import FUNCTIONS
from fivebyfive.explain.step import Step
from fivebyfive.views.page.operands import Read, described, numbered
from fivebyfive.views.page.sent import Sent

WORKED_OUT = names(
    """
    add sub mul div pow float_power floor_divide fmod remainder maximum minimum max min fmax fmin eq ne lt le gt ge
    and or xor logical_and logical_or logical_xor atan2 hypot
    """
)
"""What js/kinds/binary.js can make of two values."""

GENERAL = True


def sent(step: Step) -> Sent | None:
    """What is joined to what; None for anything else."""
    values = step.call.values
    given = [values.get("input"), values.get("other", values.get("exponent"))]
    if step.op not in WORKED_OUT or any(value is None for value in given):
        return None
    operands = [torch.tensor(value) if isinstance(value, (bool, int, float)) else value for value in given]
    reads = []
    for operand in operands:
        numbers = numbered(operand)
        if numbers is None:
            return None
        reads.append(Read(operand, numbers.expand(step.output_shape)))
    described_, buffers = described(step, reads)
    return Sent({"operands": described_} | _written(step), buffers)


def _written(step: Step) -> dict[str, Any]:
    """How the function is written, in a and b, and what b is multiplied by before it is added."""
    if step.op in ("add", "sub"):
        return {"factor": (-1.0 if step.op == "sub" else 1.0) * float(step.call.values.get("alpha", 1.0))}
    return {"written": FUNCTIONS[step.op][0]} if step.op in FUNCTIONS else {}
