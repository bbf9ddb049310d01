"""Why a window's output has the size that it has, in words."""

from collections.abc import Iterator, Sequence

from fivebyfive.explain.phrases import counted
from fivebyfive.explain.step import Step
from fivebyfive.explain.windows import along, directions, parts, room

DRAWN = 6
"""So many of a row's cells are drawn at each end."""


PADDED = {
    "zeros": "zeros",
    "reflect": "the map mirrored at its edge",
    "replicate": "the edge's own values repeated",
    "circular": "the values of the opposite edge",
    "ignored": "cells that do not count",
}
"""What stands in the padding."""


def geometry(step: Step) -> Iterator[str]:
    """Why the output has its size: padding, stride, and what the other padding would give."""
    if directions(step) != 2:
        yield from _line_or_volume(step)
        return
    found, before, after = step.attributes, step.origins[0].size, step.size
    stride, name = found["stride"], found["padding_name"]
    if max(stride) > 1:
        moves = f"by {stride[0]} down and {stride[1]} to the right"
        yield f"The window moves {moves}, so it skips places: {_sizes(before, after)}."
    if name in ("SAME", "VALID"):
        yield from _named_padding(step, name)
    elif any(sum(side) for side in found["padding"]):
        yield _padding_sentence(step)
    yield f"Height: {_out_formula(step, 0)}; width: {_out_formula(step, 1)}."


def _line_or_volume(step: Step) -> Iterator[str]:
    """The same of one direction, or of three."""
    names = ("length",) if directions(step) == 1 else ("depth", "height", "width")
    before, after = room(step), step.output_shape[-directions(step) :]
    stride, sides = along(step, "stride"), along(step, "padding")
    if max(stride) > 1:
        yield f"The window moves by {times(stride)}, so it skips places: {times(before)} becomes {times(after)}."
    if any(sum(side) for side in sides):
        cells = PADDED[step.attributes["padding_mode"]]
        told = ", ".join(f"{name} {b} before and {a} behind" for name, (b, a) in zip(names, sides, strict=True))
        yield f"At the ends stand {cells}: {told}."
    ways = zip(names, before, after, along(step, "kernel"), stride, along(step, "dilation"), sides, strict=True)
    yield "; ".join(f"{name}: {_worked_out(step, *way)}" for name, *way in ways).capitalize() + "."


def times(sizes: Sequence[int]) -> str:
    """4×4×4"""
    return "×".join(map(str, sizes))


def each_part(step: Step) -> Iterator[str]:
    """That the parts of an inner batch do not mix: windows, patches, heads."""
    if parts(step) > 1:
        yield f"The code takes {parts(step)} parts at a time, and each reads only its own."


def _sizes(before: tuple[int, int, int], after: tuple[int, int, int]) -> str:
    return f"{before[0]}×{before[1]} becomes {after[0]}×{after[1]}"


def _named_padding(step: Step, name: str) -> Iterator[str]:
    found, before = step.attributes, step.origins[0].size
    (top, bottom), (left, right) = found["padding"]
    (height, width), (down, across) = found["kernel"], found["stride"]
    valid = f"{-(-(before[0] - height + 1) // down)}×{-(-(before[1] - width + 1) // across)}"
    same = f"{-(-before[0] // down)}×{-(-before[1] // across)}"
    if name == "VALID":
        yield f"VALID: the window stays inside, nothing is added at the edges; SAME would give {same}."
        return
    asked = f"ceil({before[0]} / {down}) = {-(-before[0] // down)}"
    if top + bottom + left + right == 0:
        yield f"SAME asks for {asked} rows, and here the windows fit exactly: no padding is needed."
        return
    total = f"({-(-before[0] // down)} − 1)·{down} + {height} − {before[0]}"
    yield (
        f"SAME asks for {asked} rows, which needs {total} = {top + bottom} more rows around the map: {top} above and "
        f"{bottom} below; likewise {left} columns on the left and {right} on the right."
    )
    yield f"{_drawn(before[1], left, right)} VALID would stay inside and give {valid}."


def _padding_sentence(step: Step) -> str:
    found, before = step.attributes, step.origins[0].size
    (top, bottom), (left, right) = found["padding"]
    cells = PADDED[found["padding_mode"]]
    sides = f"{counted(top, 'row')} above, {bottom} below, {counted(left, 'column')} on the left, {right} on the right"
    return f"Around the map stand {cells}: {sides}. {_drawn(before[1], left, right)}"


def _drawn(width: int, left: int, right: int) -> str:
    """One row, padding and all: ▢▢■■■■■■▢▢."""
    inside = "■" * width if width <= 2 * DRAWN else "■" * DRAWN + "…" + "■" * DRAWN
    return f"One row: {'▢' * left}{inside}{'▢' * right} (▢ padding, ■ the map's {width} values)."


def _out_formula(step: Step, axis: int) -> str:
    """This axis' output size, worked out."""
    kernel, stride, dilation, sides = (
        step.attributes[key][axis] for key in ("kernel", "stride", "dilation", "padding")
    )
    return _worked_out(step, step.origins[0].size[axis], step.size[axis], kernel, stride, dilation, sides)


def _worked_out(step: Step, n: int, out: int, k: int, s: int, d: int, sides: tuple[int, int]) -> str:
    before, after = sides
    reach = d * (k - 1) + 1
    padded = f"{n}" + (f" + {before} + {after}" if before or after else "")
    rounding = "ceil" if step.attributes.get("ceil_mode") else "floor"
    inner = f"({padded} − {reach}) / {s}"
    exact = (n + before + after - reach) % s == 0
    return f"{inner} + 1 = {out}" if exact else f"{rounding}({inner}) + 1 = {out}"


def four_numbers(step: Step, name: str) -> Iterator[str]:
    """Why a batch of images has four numbers for a window that has two."""
    if "strides" not in step.call.values:
        return
    stride = step.attributes["stride"]
    four = [1, stride[0], stride[1], 1]
    if name != "strides":
        kernel = step.attributes["kernel"]
        four_kernel = [1, kernel[0], kernel[1], 1]
        shown = f"ksize = {four_kernel} and strides = {four} have"
    else:
        shown = f"strides = {four} has"
    yield (
        f"{shown} four numbers because a batch of images has four dimensions, [N, height, width, channels]; the first "
        "and the last are 1: no image and no channel is skipped."
    )
