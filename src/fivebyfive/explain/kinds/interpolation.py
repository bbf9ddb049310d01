"""Interpolation: maps are brought to another size, or read at places between their pixels.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
"""

from collections.abc import Iterator

from fivebyfive.explain import dimensions
from fivebyfive.explain.fields import windows
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position, size_text
from fivebyfive.explain.moved import moved
from fivebyfive.explain.step import Arithmetic, Step
from fivebyfive.explain.sums import arguments_of, linear_in


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    if step.op == "interpolate" and str(step.call.values.get("mode", "nearest")).startswith("nearest"):
        return moved(step, index, position, [step.call.values["input"]])
    held = arguments_of(step)
    where = "the nearest pixels" if step.op == "interpolate" else "the pixels nearest to the grid's place"
    symbols = f"O[n,i,j,k] = Σ weight · I[n,y,x,k] over {where}"
    return linear_in(step, 0 if 0 in held else "input", symbols, held, index, position)


def _words(step: Step) -> Iterator[str]:
    before = f"{size_text(step.origins[0].size)} becomes " if step.origins else ""
    if step.op == "interpolate":
        mode = step.attributes.get("mode", "nearest")
        yield f"The maps are brought to another size ({mode}): {before}{size_text(step.size)}."
    else:
        yield f"The maps are read at the places that a grid names, between pixels too: {before}{size_text(step.size)}."


KIND = Kind(
    name=OTHER,
    operations={"interpolate": "input size scale_factor mode align_corners", "grid_sample": "input grid mode"},
    aliases={"upsample": "interpolate", "upsample_nearest": "interpolate", "upsample_bilinear": "interpolate"},
    axes=dimensions.sized,
    field={
        "interpolate": windows.resized,
        "grid_sample": windows.sampled,
    },
    sum=_sum,
    words=_words,
)
