"""A bias: each channel gets a number of its own added."""

from typing import TYPE_CHECKING

from fivebyfive.views.page.sent import Sent

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step

WRITTEN = True


def sent(step: "Step") -> Sent | None:
    """Nothing beside the bias itself."""
    completes = step.kind in ("convolution", "fully connected") and step.op in ("add", "bias_add")
    if not completes or step.weight is not None or step.attributes.get("alpha", 1) != 1:
        return None
    return Sent() if step.bias is not None and step.bias.numel() == step.size[2] else None
