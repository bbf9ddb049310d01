"""Folding: windows that were laid out as lists become a map again; where they overlap, they add up.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.functional.fold.html
"""

from collections.abc import Iterator

from fivebyfive.explain import dimensions
from fivebyfive.explain.fields import windows
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position, size_text
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.sums import arguments_of, linear_in


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    held = arguments_of(step)
    symbols = "O = Σ of the blocks' values that fall on this place"
    return linear_in(step, 0 if 0 in held else "input", symbols, held, index, position)


def _words(step: Step) -> Iterator[str]:
    yield f"Lists of windows become maps again, and add up where they overlap: {size_text(step.size)}."


KIND = Kind(
    name=OTHER,
    operations={"fold": "input output_size kernel_size dilation padding stride"},
    axes=dimensions.folded,
    field=windows.folded_back,
    sum=_sum,
    words=_words,
)
