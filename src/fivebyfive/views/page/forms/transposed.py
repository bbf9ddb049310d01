"""A transposed convolution of maps: every value is spread over a window of the output."""

from typing import TYPE_CHECKING

from fivebyfive.views.page.forms.convolution import filters_fit
from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

WRITTEN = True


def sent(step: "Step") -> Sent | None:
    """Nothing beside filters and bias, and its window, which is among the attributes."""
    return Sent() if step.attributes.get("transposed") and filters_fit(step) else None
