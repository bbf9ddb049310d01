"""Which number is accounted for: of a class its logit, or the difference of two; where a softmax ends it, before it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.step import Step
from fivebyfive.outputs import KINDS, as_logits

if TYPE_CHECKING:
    from fivebyfive.explain.trace import Trace

ENDS = {
    "softmax": "softmax", "log_softmax": "log-softmax", "sigmoid": "sigmoid", "logsigmoid": "log-sigmoid",
}  # fmt: skip
"""What turns logits into probabilities, and what it is called."""
MOVES = ("reshaping", "output")
Class = int | str


@dataclass(frozen=True)
class Target:
    """Numbers of one step, one a class.

    Attributes:
        step: whose output they are, in any shape.
        ends: what the network ends in after it: "softmax", "sigmoid" …; "" for nothing.
        output: the step of what the network returned.
    """

    step: Step
    ends: str
    output: Step

    def value(self, index: int, instead_of: int | None) -> float:
        """The number of a class, or how far it is above another's."""
        values = self.step.output.detach().double().reshape(-1)
        return float(values[index]) - (0.0 if instead_of is None else float(values[instead_of]))

    def direction(self, index: int, instead_of: int | None) -> Tensor:
        """The gradient of that number at the step: 1 at the class, −1 at the other, in the output's shape."""
        found = torch.zeros(self.step.output.numel(), dtype=torch.float64)
        found[index] = 1
        if instead_of is not None:
            found[instead_of] = -1
        return found.reshape(self.step.output.shape)


def target_of(trace: "Trace") -> Target:
    """The numbers that a trace's classes are chosen by.

    Raises:
        InputError: what the network returned is no list of numbers.
    """
    output = next((step for step in trace.steps if step.kind == "output"), None)
    numbers = None if output is None else output.output
    if output is None or numbers is None or not numbers.is_floating_point() or not numbers.numel():
        raise InputError(f"{trace.network} returns no list of numbers, so there is no class to account for")
    if numbers.numel() > 1 and not trace.prediction:
        shape = list(numbers.shape)
        if not bool(numbers.isfinite().all()):
            raise InputError(f"the answer of {trace.network} holds NaN or an infinity; trace.first_nan() says whence")
        raise InputError(f"{trace.network} returns {shape}, which is no list of classes of one picture: no class to "
                         "account for")  # fmt: skip
    step, last = output, output
    while step.kind in MOVES and step.origins and _is_list(step.origins[0].output, numbers.numel()):
        step = step.origins[0]
        last = step if step.op in ENDS else last
    if last.op in ENDS and last.origins and last.origins[0].output.is_floating_point():
        return Target(last.origins[0], ENDS[last.op], output)
    return Target(output, "", output)


def _is_list(numbers: Tensor, count: int) -> bool:
    return numbers.numel() == count and count in numbers.shape


def probabilities(trace: "Trace", output: Tensor) -> Tensor:
    """What other outputs of the same network say, [..., classes], as the trace's own became its prediction."""
    said = dict(trace.prediction)
    wanted = torch.tensor([said[name] for name in trace.classes], dtype=torch.float64)
    own = next(step for step in trace.steps if step.kind == "output").output.detach().double().reshape(1, -1)
    ways = ((float((as_logits(own, kind).softmax(1)[0] - wanted).abs().max()), kind) for kind in KINDS)
    kind = min(ways, key=lambda way: way[0] if way[0] == way[0] else float("inf"))[1]
    return as_logits(output.double().reshape(-1, own.shape[1]), kind).softmax(1)
