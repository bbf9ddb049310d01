"""Complex numbers: put together from two real ones, taken apart again, turned around. Shown are their magnitudes.

Source of the definitions: https://pytorch.org/docs/stable/complex_numbers.html
"""

from collections.abc import Iterator

from fivebyfive.explain.fields import mixing, sequences
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.replay import function_value
from fivebyfive.explain.step import Arithmetic, Step

_SAID = {
    "real": ("The real part of each complex number", "the real part of I"),
    "imag": ("The imaginary part of each complex number", "the imaginary part of I"),
    "angle": ("The phase of each number, its angle in radians", "the angle of I"),
    "conj": ("The imaginary part of each complex number changes its sign", "I with the imaginary part's sign changed"),
    "complex": ("Complex numbers are put together from a real and an imaginary part", "a + b·i"),
    "polar": ("Complex numbers are put together from magnitude and phase", "a · e^(b·i)"),
    "view_as_complex": ("Each two numbers of the last dimension are taken for a complex one", "I[0] + I[1]·i"),
    "view_as_real": ("Each complex number is written as two", "the real or the imaginary part of I"),
}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    return function_value(step, index, position, _SAID[step.op][1])


def _words(step: Step) -> Iterator[str]:
    yield f"{_SAID[step.op][0]}: {tensor_shape(step)}."


def _back(step: Step) -> Iterator[str]:
    if step.op == "polar":
        yield (
            "The magnitude gets the gradient along the number's direction; the phase gets it across, times the "
            "magnitude."
        )
    elif step.op == "angle":
        yield (
            "A number gets the gradient across its own direction, divided by its size: a small one is turned most "
            "easily."
        )
    elif step.op == "conj":
        yield "The gradient goes back with its imaginary part's sign changed, and its size as it is."
    else:
        yield "Each part's gradient goes back to the part that it came from, unchanged: nothing is multiplied here."


KIND = Kind(
    name=OTHER,
    operations={
        "real imag angle conj view_as_complex view_as_real": "input",
        "complex": "real imag",
        "polar": "abs angle",
    },
    aliases={"conj_physical": "conj", "resolve_conj": "alias", "resolve_neg": "alias"},
    field={
        "real imag angle conj complex polar": mixing.same,
        "view_as_complex": sequences.of_pairs,
        "view_as_real": sequences.as_pairs,
    },
    sum=_sum,
    words=_words,
    back=_back,
    complex=True,
)
