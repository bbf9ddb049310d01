"""Softmax, its logarithm, or of negative values: shares of the values that it takes together."""

from typing import TYPE_CHECKING

from fivebyfive.explain.kinds.softmax import dimension
from fivebyfive.views.page.sent import Sent
from fivebyfive.views.page.together import together

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

WRITTEN = True


def sent(step: "Step") -> Sent | None:
    """Which values are taken together."""
    if step.op not in ("softmax", "log_softmax", "softmin"):
        return None
    shape = step.output_shape
    along = dimension(step) if shape else 0
    over = together(step, [n if d == along else 1 for d, n in enumerate(shape)])
    return None if over is None else Sent({"over": over})
