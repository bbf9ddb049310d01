"""A convolution of maps: the page has the filters, and works the sums out."""

from typing import TYPE_CHECKING

from fivebyfive.explain.terms import of_one_picture
from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

WRITTEN = True


def sent(step: "Step") -> Sent | None:
    """Nothing beside filters and bias, and its window, which is among the attributes."""
    return Sent() if filters_fit(step) and not step.attributes.get("transposed") else None


def filters_fit(step: "Step") -> bool:
    """Whether it is a convolution whose filters have the channels of its input, so that the page can follow it."""
    if step.kind != "convolution" or step.weight is None or step.weight.dim() > 4 or len(step.origins) != 1:
        return False
    if not of_one_picture(step):
        return False
    transposed = bool(step.attributes.get("transposed"))
    ours = "strides" in step.call.values
    inputs = step.weight.shape[(3 if transposed else 2) if ours else 0 if transposed else 1]
    groups = 1 if transposed else step.attributes.get("groups", 1)
    return bool(inputs * groups == step.origins[0].size[2])
