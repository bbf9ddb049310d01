"""What a step is called where its name alone does not tell what it does: ``features.0 · conv2d``."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step


def title(step: "Step") -> str:
    """The step's name; with its operation where the name ends in a number, as the layers of an `nn.Sequential` do."""
    last = step.name.split("#")[0].rsplit(".", 1)[-1]
    return f"{step.name} · {step.op.strip('_')}" if last.isdigit() else step.name
