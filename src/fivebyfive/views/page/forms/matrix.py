"""A fully connected layer from a list to a list."""

from typing import TYPE_CHECKING

from fivebyfive.explain.terms import of_one_picture
from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

WRITTEN = True


def sent(step: "Step") -> Sent | None:
    """Nothing beside the matrix, or its strongest products, and the bias."""
    if step.kind != "fully connected" or step.weight is None or step.weight.dim() != 2 or len(step.origins) != 1:
        return None
    lists = step.size[:2] == (1, 1) and step.origins[0].size[:2] == (1, 1)
    return Sent() if lists and of_one_picture(step) else None
