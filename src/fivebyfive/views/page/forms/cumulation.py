"""Cumulation: each value becomes the sum of itself and all before it along a dimension.

Buffers: see `operands.py`; ``along-0/I`` are the distances to all values along the dimension, of which the first count.
"""

from fivebyfive.explain.step import Step
from fivebyfive.views.page.operands import Read, along_dimensions, described, first_along, numbered
from fivebyfive.views.page.sent import Sent

GENERAL = True


def sent(step: Step) -> Sent | None:
    """Where the line of values begins."""
    operand = step.call.values.get("input")
    if step.op != "cumsum" or operand not in step.origins or step.output.dim() == 0:
        return None
    numbers = numbered(operand)
    if numbers is None or not numbers.numel():
        return None
    dims = [step.call.values["dim"] % numbers.dim()]
    read = Read(operand, first_along(numbers, dims), along_dimensions(numbers, dims))
    operands, buffers = described(step, [read])
    return Sent({"operands": operands}, buffers)
