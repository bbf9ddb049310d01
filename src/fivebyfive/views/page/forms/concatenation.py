"""Maps one behind another."""

from typing import TYPE_CHECKING

from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step


def sent(step: "Step") -> Sent | None:
    """Nothing: where each map came from follows from the inputs' sizes."""
    sizes = [origin.size for origin in step.origins]
    along = all(s[:2] == step.size[:2] for s in sizes) and sum(s[2] for s in sizes) == step.size[2]
    return Sent() if step.op == "cat" and along else None
