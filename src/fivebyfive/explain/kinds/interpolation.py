"""Interpolation: maps are brought to another size, or read at places between their pixels.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.functional.interpolate.html
"""

from collections.abc import Iterator

from fivebyfive.explain import dimensions
from fivebyfive.explain.backward.passing import out_of, with_ones
from fivebyfive.explain.fields import mixing, windows
from fivebyfive.explain.kind import OTHER, Index, Kind
from fivebyfive.explain.layout import Position, size_text
from fivebyfive.explain.moved import moved
from fivebyfive.explain.phrases import tensor_shape
from fivebyfive.explain.replay import linear_sum
from fivebyfive.explain.step import Arithmetic, Step


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    if step.op == "interpolate" and str(step.call.values.get("mode", "nearest")).startswith("nearest"):
        return moved(step, index, position, [step.call.values["input"]])
    if step.op == "affine_grid":
        return linear_sum(step, index, position, "O = θ · (x, y, 1), from −1 at one edge to 1 at the other")
    where = "the nearest pixels" if step.op == "interpolate" else "the pixels nearest to the grid's place"
    symbols = f"O[n,i,j,k] = Σ weight · I[n,y,x,k] over {where}"
    return linear_sum(step, index, position, symbols, [step.call.values["input"]])


def _words(step: Step) -> Iterator[str]:
    before = f"{size_text(step.origins[0].size)} becomes " if step.origins else ""
    if step.op == "interpolate":
        mode = step.attributes.get("mode", "nearest")
        yield f"The maps are brought to another size ({mode}): {before}{size_text(step.size)}."
    elif step.op == "affine_grid":
        yield f"A grid of places is turned, stretched and moved as a matrix says: {tensor_shape(step)}."
    else:
        yield f"The maps are read at the places that a grid names, between pixels too: {before}{size_text(step.size)}."


def _back(step: Step) -> Iterator[str]:
    if step.op == "affine_grid":
        yield "The matrix gets the gradient of every place, times that place's own x, y and 1, added up."
        return
    yield "Each gradient is shared out among the pixels that the value was mixed of, by the same weights."
    given = with_ones(step, step.call.values["input"])
    unread = 0 if given is None else int((given == 0).sum())
    if given is not None and unread:
        yield f"{out_of(unread, given.numel())} values were not read at all: they get nothing."
    if step.op == "grid_sample":
        yield "The grid gets a gradient too: how the picture changes from pixel to pixel there, times the gradient."


KIND = Kind(
    name=OTHER,
    operations={
        "interpolate": "input size scale_factor mode align_corners",
        "grid_sample": "input grid mode",
        "affine_grid": "input size",
    },
    aliases={
        "upsample": "interpolate",
        "upsample_nearest": "interpolate",
        "upsample_bilinear": "interpolate",
        "grid_sampler": "grid_sample",
        "grid_sampler_2d": "grid_sample",
        "grid_sampler_3d": "grid_sample",
        "affine_grid_generator": "affine_grid",
    },
    keywords={"affine_grid": {"theta": "input"}},
    axes={
        "interpolate grid_sample": dimensions.sized,
    },
    field={
        "interpolate": windows.resized,
        "grid_sample": windows.sampled,
        "affine_grid": mixing.of_all,
    },
    sum=_sum,
    words=_words,
    back=_back,
)
