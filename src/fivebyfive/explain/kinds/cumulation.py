"""Cumulation: along a dimension each value becomes what it and all before it add up to.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.cumsum.html
"""

from collections.abc import Iterator

from fivebyfive.explain import dimensions
from fivebyfive.explain.fields import mixing
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.sums import arguments_of, linear_in


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    held = arguments_of(step)
    return linear_in(step, 0 if 0 in held else "input", "O = Σ I up to this place", held, index, position)


def _words(step: Step) -> Iterator[str]:
    yield f"Each value becomes the sum of itself and all before it along dimension {step.attributes.get('dim', 0)}."


KIND = Kind(
    name=OTHER,
    operations={"cumsum": "input dim"},
    axes=dimensions.sized,
    field=mixing.running,
    sum=_sum,
    words=_words,
)
