"""The image that goes in."""

from typing import TYPE_CHECKING

from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step


def sent(step: "Step") -> Sent | None:
    """Nothing beside the values."""
    return Sent() if step.kind == "input" else None
