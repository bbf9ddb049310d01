"""What a page is sent so that it runs the network by itself: any picture's numbers, without this program.

The page works every step out from its inputs and from what the network has learned (js/network/forward.js), and so
needs the structure, the parameters, and of each form what does not hang on the picture.

Weights are sent in half precision: a page has room for few megabytes, and a weight that is rounded to eleven
significant bits moves by at most one part in 2,000. So the page answers for a network whose larger weights are rounded
so; its own sums are PyTorch's of that network. `rounded` lists these weights.
"""

from typing import TYPE_CHECKING

import numpy as np

from fivebyfive.explain.kind import names
from fivebyfive.explain.terms import HALVES
from fivebyfive.views.guard import guarded
from fivebyfive.views.page import document, fields, forms, functions, laid
from fivebyfive.views.page.envelope import Part
from fivebyfive.views.page.forms.moved import moving as moving_of
from fivebyfive.views.page.hanging import hangs
from fivebyfive.views.page.smaller import SMALL
from fivebyfive.views.page.structure import form_of

if TYPE_CHECKING:
    from torch import Tensor

    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

LARGEST = 65504
"""The largest number of half precision."""
WORKED_OUT = names(
    """
    activation attention bias binary choice concatenation convolution cumulation dropout interpolation matrix maximum
    mean moved multi_head normalization output pairs product recurrent reduction reshape softmax sum transposed
    """
)
"""The forms whose kind in js/kinds/ has a `derive`."""
OF_A_SIZE = names("expand_as view_as reshape_as type_as")
"""Of the second operand only the shape counts."""


def cannot(trace: "Trace") -> list[str]:
    """The names of the steps that a page cannot work out for another picture; none where it runs the whole network."""
    return [step.name for step in trace.steps[1:] if hangs(step) and not _runs(step)]


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


def _runs(step: "Step") -> bool:
    """Whether the page works the step out, for whatever comes in."""
    return guarded(step, "What it is made of", _can_run, lambda _: False)


def _can_run(step: "Step") -> bool:
    form = form_of(step)
    every = (step, *step.origins)
    if form not in WORKED_OUT or step.call.random is not None:
        return False
    if any(s.maps.numel() != s.output.numel() or s.output.is_complex() or s.output.is_quantized for s in every):
        return False  # several pictures, or numbers that the page has not
    if any(s.output.dtype in HALVES for s in every):
        return False  # it rounds to fewer digits than the page has
    return _OWN.get(form, _always)(step)


def _always(_: "Step") -> bool:
    return True


def _keeps_all(step: "Step") -> bool:
    return step.attributes.get("keep_prob") == 1


def _is_known(step: "Step") -> bool:
    return functions.on_the_page(step)


def _only_moves(step: "Step") -> bool:
    """Whether where the values go hangs on no value, and each arrives as it was."""
    moves = [id(operand) for operand in moving_of(step) or ()]
    rounds = not step.output.is_floating_point() and any(o.output.is_floating_point() for o in step.origins)
    others = [origin for origin in step.origins if id(origin) not in moves and hangs(origin)]
    return not rounds and (step.op in OF_A_SIZE or not others)


def _can_be_made_anew(step: "Step") -> bool:
    return forms.learned(step) is not None


_OWN = {
    "dropout": _keeps_all,
    "activation": _is_known,
    "moved": _only_moves,
    "multi_head": _can_be_made_anew,
    "recurrent": _can_be_made_anew,
}
