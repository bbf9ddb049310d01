"""Unpooling: each value goes back to the place that pooling took it from, and all others become 0.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.MaxUnpool2d.html
"""

from collections.abc import Iterator
from typing import Any

from fivebyfive.explain.fields import windows
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.moved import moved
from fivebyfive.explain.phrases import from_to
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.terms import tensor_of


def _moves(step: Step) -> list[Any]:
    return [step.call.values["input"]]


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    return moved(step, index, position, _moves(step), filled=("0, where no maximum was", 0.0))


def _words(step: Step) -> Iterator[str]:
    sizes = f": {from_to(step.origins[0], step)}" if step.origins else ""
    yield f"Each value goes back to the place where pooling found it, all others become 0{sizes}."


def _back(step: Step) -> Iterator[str]:
    filled = step.output.numel() - tensor_of(step.call.values["input"]).numel()
    yield "Each value gets the gradient of the place that it was put to, unchanged."
    if filled > 0:
        yield f"The gradients at the {filled:,} places that were filled with 0 go nowhere."


KIND = Kind(
    name=OTHER,
    operations={"max_unpool1d max_unpool2d max_unpool3d": "input indices kernel_size stride padding output_size"},
    moves=_moves,
    field=windows.unpooled,
    sum=_sum,
    words=_words,
    back=_back,
)
