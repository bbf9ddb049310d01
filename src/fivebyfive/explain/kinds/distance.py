"""Distance: how far lists of numbers are from each other, or how much they point the same way.

Source of the definitions: https://pytorch.org/docs/stable/nn.functional.html#distance-functions
"""

from collections.abc import Iterator

from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Index, Kind, not_counted
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.replay import function_value
from fivebyfive.explain.step import Arithmetic, Step

_SYMBOLS = {
    "cdist": "‖a − b‖",
    "pdist": "‖a − b‖",
    "dist": "‖a − b‖",
    "pairwise_distance": "‖a − b + ε‖",
    "cosine_similarity": "a · b / (‖a‖ · ‖b‖)",
}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    return function_value(step, index, position, _SYMBOLS[step.op])


def _words(step: Step) -> Iterator[str]:
    if step.op == "cosine_similarity":
        yield f"How much two lists point the same way, 1 at most ({_SYMBOLS[step.op]}): {tensor_shape(step)}."
        return
    which = {"pdist": "each two rows", "dist": "all values of one and the other"}.get(step.op, "two lists")
    yield f"How far {which} are from each other ({_SYMBOLS[step.op]}): {tensor_shape(step)}."


def _back(step: Step) -> Iterator[str]:
    if step.op == "cosine_similarity":
        yield (
            "Each list gets what would turn it towards the other, or away; its length does not count, so none "
            "along itself."
        )
    else:
        yield (
            "Each number gets the gradient times how much the distance grows with it: it is pulled to its "
            "counterpart, or away."
        )
    if step.op in ("dist", "pairwise_distance") and len(step.origins) > 1:
        yield "Only their difference counts: what one of the two gets, the other gets with the opposite sign."


KIND = Kind(
    name=OTHER,
    operations={
        "cdist": "input other p",
        "dist": "input other p",
        "pdist": "input p",
        "pairwise_distance": "input other p eps keepdim",
        "cosine_similarity": "input other dim eps",
    },
    keywords={op: {"x1": "input", "x2": "other"} for op in ("cdist", "pairwise_distance", "cosine_similarity")},
    cost=not_counted,
    field={
        "cdist": mixing.paired,
        "cosine_similarity": mixing.reduced,
        "dist pdist pairwise_distance": mixing.of_all,
    },
    sum=_sum,
    words=_words,
    back=_back,
)
