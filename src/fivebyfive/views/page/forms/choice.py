"""At each place one of two values, as a condition or a mask says.

Buffers: see `operands.py`, for the condition, the value where it holds, and the value where it does not.
"""

import torch
from torch import Tensor

from fivebyfive.explain.step import Step
from fivebyfive.views.page.operands import Read, described, numbered
from fivebyfive.views.page.sent import Sent

ARGUMENTS = {"where": ("condition", "input", "other"), "masked_fill": ("mask", "value", "input")}


def sent(step: Step) -> Sent | None:
    """What is chosen from; None for what is no choice, or lists the places of one."""
    given = [step.call.values.get(name) for name in ARGUMENTS.get(step.op, ())]
    if not given or any(value is None for value in given):
        return None
    reads = []
    for value in given:
        operand = value if isinstance(value, (Step, Tensor)) else torch.tensor(value)
        numbers = numbered(operand)
        if numbers is None:
            return None
        reads.append(Read(operand, numbers.expand(step.output_shape)))
    if not step.origins:
        return None
    operands, buffers = described(step, reads)
    return Sent({"operands": operands, "asks": ARGUMENTS[step.op][0]}, buffers)
