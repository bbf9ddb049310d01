"""Folding: windows that were laid out as lists become a map again; where they overlap, they add up.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.functional.fold.html
"""

from collections.abc import Iterator

from fivebyfive.explain import dimensions
from fivebyfive.explain.backward.passing import out_of, with_ones
from fivebyfive.explain.fields import windows
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position, size_text
from fivebyfive.explain.replay import linear_sum
from fivebyfive.explain.step import Arithmetic, Step


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    return linear_sum(step, index, position, "O = Σ of the blocks' values that fall on this place")


def _words(step: Step) -> Iterator[str]:
    yield f"Lists of windows become maps again, and add up where they overlap: {size_text(step.size)}."


def _back(step: Step) -> Iterator[str]:
    yield "Each number of a window gets the gradient of the place that it fell on: the maps are unfolded again."
    yield "Where windows overlap, all of them get the same gradient: an addition passes it on to each."
    taken = with_ones(step, step.call.values["input"])
    outside = 0 if taken is None else int((taken == 0).sum())
    if taken is not None and outside:
        yield f"{out_of(outside, taken.numel())} numbers fell outside of the map, on its padding: they get nothing."


KIND = Kind(
    name=OTHER,
    operations={"fold": "input output_size kernel_size dilation padding stride"},
    aliases={"col2im": "fold"},
    axes=dimensions.folded,
    field=windows.folded_back,
    sum=_sum,
    words=_words,
    back=_back,
)
