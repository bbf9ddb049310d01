"""Max pooling, of windows or of whole maps."""

from typing import TYPE_CHECKING

from fivebyfive.views.page.pooled import pooled
from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

WRITTEN = True


def sent(step: "Step") -> Sent | None:
    """Its windows, where they are not among the attributes."""
    return pooled(step, "max")
