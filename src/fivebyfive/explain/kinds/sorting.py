"""Sorting: values in order, the largest of them, and where they stood.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.sort.html
"""

from collections.abc import Iterator

from fivebyfive.explain import dimensions
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Kind
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.step import Step


def _words(step: Step) -> Iterator[str]:
    yield f"Values are put in order ({step.op}): {tensor_shape(step)}."


KIND = Kind(
    name=OTHER,
    operations={"topk kthvalue": "input k dim", "sort argsort median cummax cummin": "input dim"},
    axes={
        "topk sort": dimensions.sized,
    },
    field={
        "topk kthvalue sort argsort median": mixing.reduced,
        "cummax cummin": mixing.running,
    },
    words=_words,
)
