"""Tensors as the page reads them: maps [channels, height, width]; filters [out, in / groups, height, width]."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fivebyfive.views.page.structure import form_of

if TYPE_CHECKING:
    from torch import Tensor

    from fivebyfive.explain.step import Step

Floats = npt.NDArray[np.float32]


def array(tensor: "Tensor") -> Floats:
    """A tensor's numbers, in its shape."""
    found: Floats = np.ascontiguousarray(tensor.detach().float().cpu().numpy())
    return found


def maps(tensor: "Tensor") -> Floats:
    """Feature maps, [channels, height, width], as they are, or of a list of units [units]."""
    found = array(tensor)
    return found.reshape(-1) if found.shape[1:] == (1, 1) else found


def filters(step: "Step", found: "Tensor") -> Floats:
    """A step's filters or matrix, or what is in their shape: [out, in / groups, height, width] or [out, in].

    Of many sums of pairs as it is.
    """
    if form_of(step) == "pairs":
        return array(found)
    if form_of(step) == "matrix":
        return array(found if step.op == "linear" else found.T)
    if "strides" in step.call.values:  # one of ops.py, with filters [height, width, in, out]
        return array(found.permute((2, 3, 0, 1) if form_of(step) == "transposed" else (3, 2, 0, 1)))
    found = found.unsqueeze(2) if found.dim() == 3 else found
    if form_of(step) == "transposed":
        groups = step.attributes["groups"]
        inputs, per_group, height, width = found.shape
        split = found.reshape(groups, inputs // groups, per_group, height, width)
        found = split.transpose(1, 2).reshape(groups * per_group, inputs // groups, height, width)
    return array(found)
