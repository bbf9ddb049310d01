"""Which steps the page can work out from their inputs, whatever picture comes: js/kinds/, each with its `derive`."""

from typing import TYPE_CHECKING

from fivebyfive.explain.kind import names
from fivebyfive.explain.terms import HALVES
from fivebyfive.views.guard import guarded
from fivebyfive.views.page import forms, functions
from fivebyfive.views.page.forms.moved import moving
from fivebyfive.views.page.hanging import hangs

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

WORKED_OUT = names(
    """
    activation attention bias binary choice concatenation convolution cumulation dropout interpolation matrix maximum
    mean moved multi_head normalization output pairs product recurrent reduction reshape softmax sum transposed
    """
)
"""The forms whose kind in js/kinds/ has a `derive`."""
OF_A_SIZE = names("expand_as view_as reshape_as type_as")
"""Of the second operand only the shape counts."""


def computable(step: "Step") -> bool:
    """Whether the page works the step out, for whatever comes in."""
    return guarded(step, "What it is made of", _can_run, lambda _: False)


def _can_run(step: "Step") -> bool:
    form = forms.form_of(step)
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
    moves = [id(operand) for operand in moving(step) or ()]
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
