"""Values that only move: each output value is one of the inputs' values, a constant, or what stands in the padding.

Buffers: ``from/I``, the place of each value (`places.table`) among those of all inputs one behind another, and behind
them of ``constant/I``, the constants that arrive; ``filled/I``, the one value that stands where nothing arrived. Of a
table that the network holds (`embedding`), ``cell/I`` [constants, 2] are the row and column of each.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from fivebyfive.explain.kind import shape_of
from fivebyfive.explain.kinds import home
from fivebyfive.explain.moved import SAME_ORDER, run_again
from fivebyfive.explain.step import Step
from fivebyfive.explain.terms import tensor_of
from fivebyfive.views.page.places import NONE, places, table
from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from fivebyfive.views.page.envelope import Buffers

MOST_CONSTANTS = 1 << 16
"""Of what the network holds so many values are sent: weights that are brought into another shape are no picture."""
MOST = 1 << 26
"""Values of the operands: beyond that, to follow each of them takes too much memory."""

GENERAL = True


def sent(step: Step) -> Sent | None:
    """Where each value came from; None where a value changes, too."""
    values = moving(step)
    if values is None:
        return None
    operands = list({id(operand): operand for operand in values}.values())
    if sum(math.prod(shape_of(operand)) for operand in operands) > MOST:
        return None
    numbers = _arrived(step, operands)
    if numbers is None:
        return None
    into, constants = _followed(step, operands, numbers)
    if into is None or len(constants) > MOST_CONSTANTS:
        return None
    found = into[numbers]
    here = torch.cat([*(origin.maps.reshape(-1).float() for origin in step.origins), constants])
    filled = step.output.float()[found == NONE]
    again = torch.cat([here, filled[:1] if len(filled) else here.new_zeros(1)])[found]
    if not again.equal(step.output.float()) and not torch.allclose(again, step.output.float(), 0, 0, equal_nan=True):
        return None
    buffers: Buffers = {"from": table(found, step)}
    buffers |= {"constant": constants.numpy()} if len(constants) else {}
    buffers |= _rows(operands, numbers)
    buffers |= {"filled": filled[:1].numpy()} if len(filled) else {}
    return Sent(buffers=buffers)


def _rows(operands: Sequence[Any], numbers: Tensor) -> "Buffers":
    """Where in it the constants stand, if all of them are of one table."""
    if len(operands) != 1 or isinstance(operands[0], Step) or len(shape_of(operands[0])) != 2:
        return {}
    arrived = np.unique(numbers.numpy()) - 1
    cells = np.stack(np.divmod(arrived[arrived >= 0], shape_of(operands[0])[1]), axis=1)
    return {"cell": cells.astype(np.int32)}


def moving(step: Step) -> Sequence[Any] | None:
    """The operands whose values move; None where values are made."""
    if step.op == "interpolate":
        return [step.call.values["input"]]  # by the nearest; any other way shows in what arrives
    kind = home(step.op)
    return None if kind is None or kind.moves is None else kind.moves(step)


def _arrived(step: Step, operands: Sequence[Any]) -> Tensor | None:
    """The operation on the numbers 1, 2, 3 … in place of its operands' values; 0 arrives where nothing did.

    None where what arrives is none of them.
    """
    if step.op in SAME_ORDER:
        return torch.arange(1, 1 + step.output.numel()).reshape(step.output_shape)
    instead, first = {}, 1
    for operand in operands:
        count = math.prod(shape_of(operand))
        instead[id(operand)] = torch.arange(first, first + count, dtype=torch.float64).reshape(shape_of(operand))
        first += count
    with torch.no_grad():
        arrived = run_again(step, instead)
    return arrived.long() if bool((arrived == arrived.round()).all()) else None


def _followed(step: Step, operands: Sequence[Any], numbers: Tensor) -> tuple[Tensor | None, Tensor]:
    """Of each of those numbers the place that it stands for, and the constants that arrived."""
    starts = np.cumsum([0, *(origin.output.numel() for origin in step.origins)])
    into: list[Tensor] = [torch.tensor([NONE])]
    constants: list[Tensor] = []
    behind, first = int(starts[-1]), 1
    for operand in operands:
        count = math.prod(shape_of(operand))
        if isinstance(operand, Step):
            own = places(operand)
            if own is None:
                return None, torch.zeros(0)
            into.append(own.reshape(-1) + int(starts[step.origins.index(operand)]))
        else:
            own_numbers = numbers[(numbers >= first) & (numbers < first + count)] - first
            arrived = torch.from_numpy(np.unique(own_numbers.numpy()))
            own = torch.full((count,), NONE)
            own[arrived] = behind + torch.arange(len(arrived))
            into.append(own)
            constants.append(tensor_of(operand).reshape(-1)[arrived].float())
            behind += len(arrived)
        first += count
    return torch.cat(into), torch.cat(constants) if constants else torch.zeros(0)
