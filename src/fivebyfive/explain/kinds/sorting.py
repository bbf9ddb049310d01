"""Sorting: values in order, the largest of them, the one in the middle, the most frequent; and where they stood.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.sort.html
"""

from collections.abc import Iterator

from fivebyfive.explain import dimensions
from fivebyfive.explain.backward.passing import winners
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.picked import picked
from fivebyfive.explain.replay import function_value
from fivebyfive.explain.step import Arithmetic, Step

_WHICH = {
    "sort": "the value that comes here in order",
    "argsort": "the value that comes here in order",
    "msort": "the value that comes here in order",
    "topk": "the value that comes here in order, of the first k",
    "kthvalue": "the value that comes k-th in order",
    "median": "the value in the middle",
    "nanmedian": "the value in the middle of those that are numbers",
    "mode": "the most frequent value",
}


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    which = _WHICH[step.op]
    alone = step.attributes.get("parts", 1) == 1 and step.op != "argsort"
    if alone:  # no result says where it stood: the derivative does
        return function_value(step, index, position, which)
    return picked(step, index, position, step.call.values.get("dim", -1), which)


def _words(step: Step) -> Iterator[str]:
    whole = step.op in ("sort", "argsort", "msort", "topk")
    along = f" along dimension {step.call.values.get('dim', -1)}" if step.op != "msort" else " along dimension 0"
    along = "" if step.op in ("median", "nanmedian") and step.attributes.get("parts", 1) == 1 else along
    what = "The values are put in order" if whole else f"Taken is {_WHICH[step.op]}"
    few = f", and the first {step.call.values['k']} are kept" if step.op == "topk" else ""
    yield f"{what}{along}{few}: {tensor_shape(step)}."
    if step.op == "argsort" or step.attributes.get("part") == 1:
        yield "What is given here are not the values but the places where they stood."


def _back(step: Step) -> Iterator[str]:
    yield "Each gradient goes back to the place that its value had before, unchanged: a new order multiplies nothing."
    said = winners(step, step.call.values["input"])
    if said and step.op not in ("sort", "msort"):
        yield f"What was not taken gets nothing: {said} get some."


KIND = Kind(
    name=OTHER,
    operations={
        "topk": "input k dim largest sorted",
        "kthvalue": "input k dim keepdim",
        "sort argsort": "input dim descending",
        "msort": "input",
        "median nanmedian mode": "input dim keepdim",
    },
    axes={
        "topk sort": dimensions.sized,
    },
    field={
        "topk kthvalue sort argsort msort median nanmedian mode": mixing.reduced,
    },
    sum=_sum,
    words=_words,
    back=_back,
)
