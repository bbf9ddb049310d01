"""A function of one value: its formulas; `functions.py` sends how it runs."""

from typing import TYPE_CHECKING

from fivebyfive.views.page.functions import formulas, numbers
from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

WRITTEN = True


def sent(step: "Step") -> Sent | None:
    """Its formula, with the step's own numbers, for all values or for each channel; a curve's numbers."""
    found = formulas(step)
    own = numbers(step)
    return Sent({"formulas": found} | ({"numbers": own} if own else {})) if found else None
