"""Dropout: what is kept is scaled, all the rest becomes 0."""

from typing import TYPE_CHECKING

from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step


def sent(step: "Step") -> Sent | None:
    """Nothing beside its keep probability, which is among the attributes."""
    return Sent() if step.kind == "dropout" and step.origins else None
