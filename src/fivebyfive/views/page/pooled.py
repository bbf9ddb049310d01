"""Pooling as the page works it out: each map for itself, windows or all of it."""

from typing import TYPE_CHECKING

from fivebyfive.explain.terms import of_one_picture
from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step


def pooled(step: "Step", how: str) -> Sent | None:
    """What belongs to a pooling by the "max" or the "mean"; None for what is none."""
    if step.kind != "pooling" or len(step.origins) != 1 or step.size[2] != step.origins[0].size[2]:
        return None
    pooling = step.attributes.get("pooling") or {"mean": "mean", "amax": "max"}.get(step.op)
    if pooling != how or not of_one_picture(step):
        return None
    return Sent({} if "kernel" in step.attributes else {"adaptive": True, "pooling": how})
