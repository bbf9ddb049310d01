"""What a page is sent so that it runs the network by itself: any picture's numbers, without this program.

The page works every step out from its inputs and from what the network has learned (js/network/forward.js), and so
needs the structure, the parameters, and of each form what does not hang on the picture.

Weights are sent in half precision: a page has room for few megabytes, and a weight that is rounded to eleven
significant bits moves by at most one part in 2,000. So the page answers for a network whose larger weights are rounded
so; its own sums are PyTorch's of that network. `rounded` lists these weights.
"""

from typing import TYPE_CHECKING

import numpy as np

from fivebyfive.views.page import document, fields, forms, functions, laid
from fivebyfive.views.page.computable import computable
from fivebyfive.views.page.envelope import Part
from fivebyfive.views.page.hanging import hangs
from fivebyfive.views.page.smaller import SMALL

if TYPE_CHECKING:
    from torch import Tensor

    from fivebyfive.explain.trace import Trace

LARGEST = 65504
"""The largest number of half precision."""


def cannot(trace: "Trace") -> list[str]:
    """The names of the steps that a page cannot work out for another picture; none where it runs the whole network."""
    return [step.name for step in trace.steps[1:] if hangs(step) and not computable(step)]


def parts(trace: "Trace") -> list[Part]:
    """What a page that runs the network must be sent; with ``output/0`` it works all other outputs out."""
    lasting = [step for step in trace.steps if not hangs(step)]
    steps = [step for step in document.of_forms(trace) if hangs(step)]
    buffers = document.biases(trace) | functions.pieces(trace) | fields.buffers(trace) | forms.lasting(steps)
    buffers |= {f"output/{step.index}": document.output(step) for step in lasting}
    matrices = {f"weight/{step.index}": document.weight(step) for step in document.weighted(trace)}
    for step in steps:
        found = forms.learned(step)
        if found is not None:
            buffers |= {f"{name}/{step.index}": numbers for name, numbers in found.buffers.items()}
            matrices |= {f"{name}/{step.index}": laid.array(matrix) for name, matrix in found.matrices.items()}
    buffers |= {name: matrix.astype(np.float16) if _is_rounded(matrix) else matrix for name, matrix in matrices.items()}
    return [document.structure(trace), Part(buffers=buffers)]


def rounded(trace: "Trace") -> "list[Tensor]":
    """The weights that `parts` sends in half precision: the network's own tensors, or views of them."""
    found = [step.weight for step in document.weighted(trace) if step.weight is not None]
    learned = (forms.learned(step) for step in document.of_forms(trace))
    found += [matrix for each in learned if each is not None for matrix in each.matrices.values()]
    return [weight.detach() for weight in found if _is_rounded(laid.array(weight))]


def _is_rounded(matrix: laid.Floats) -> bool:
    return matrix.size > SMALL and bool((np.abs(matrix) <= LARGEST).all())
