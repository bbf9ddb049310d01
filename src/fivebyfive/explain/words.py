"""A step in plain words: a few short sentences, each with the step's own numbers.

Each kind has a function that answers what a reader of the code asks there: why -1, what SAME does to the edge, why
strides have four numbers, how O comes from I and W, what keep_prob = 0 would do.
"""

import math
from collections.abc import Callable, Iterator

from fivebyfive.explain import functions, operations
from fivebyfive.explain.arithmetic import convolution_symbols
from fivebyfive.explain.trace import ReceptiveField, Step, size_text

DRAWN = 6
"""So many of a row's cells are drawn at each end."""


def words(step: Step) -> list[str]:
    """What `step` does, why its output has the size that it has, and what it costs."""
    say = _KINDS.get(step.kind, _other)
    return [*say(step), *_cost(step)]


def _cost(step: Step) -> Iterator[str]:
    if step.parameters:
        macs = f" and costs {_count(step.macs, 'multiply-accumulate')} for one image" if step.macs else ""
        yield f"It learns {_count(step.parameters, 'parameter')}{macs}."
    elif step.macs and step.weight is not None:
        macs = _count(step.macs, "multiply-accumulate")
        yield f"It uses parameters again that are counted before, and costs {macs}."
    elif step.macs:
        yield f"It costs {_count(step.macs, 'multiply-accumulate')} for one image."
    if step.macs is None:
        yield "What it costs is not counted."
    seen = None if step.kind in ("input", "output") else step.receptive_field
    if seen is not None and seen.whole:
        yield "Each of its values depends on the whole image."
    elif seen is not None:
        yield f"Each of its values depends on {_pixels(step, seen)} of the image."


def _pixels(step: Step, seen: ReceptiveField) -> str:
    """How many pixels a receptive field holds; one that reaches into the padding, no more than the image has."""
    while step.kind != "input":
        step = min(step.origins, key=lambda origin: origin.index)
    picture = step.attributes.get("picture", step.size)
    height, width = min(seen.height, picture[0]), min(seen.width, picture[1])
    return "one pixel" if height == width == 1 else f"{height}×{width} pixels"


# --- convolution and pooling ----------------------------------------------------------------------------------------


def _convolution(step: Step) -> Iterator[str]:
    if step.op in ("add", "bias_add"):
        yield from _bias(step)
        return
    before, after, found = step.origins[0].size, step.size, step.attributes
    if len(found["kernel"]) != 2:
        count = step.output_shape[-len(found["kernel"]) - 1]
        yield f"{_count(count, 'filter')} {'slides' if count == 1 else 'slide'} through a volume."
        return
    height, width = found["kernel"]
    groups = found["groups"]
    deep = before[2] // groups
    filters = f"{_count(after[2], 'filter')} of {height}×{width}×{deep}"
    if found.get("transposed"):
        yield from _transposed(step, filters)
        return
    slide = "slides" if after[2] == 1 else "slide"
    yield f"{filters} {slide} over {size_text(before)}, each gives one map of {after[0]}×{after[1]}."
    if groups == before[2] and groups > 1:
        yield f"groups = {groups}: every channel has filters of its own, and no filter mixes channels (depthwise)."
    elif groups > 1:
        yield f"groups = {groups}: each filter goes through {deep} of the {before[2]} channels, those of its group."
    elif deep > 1:
        yield f"Each filter goes through all {deep} channels of the input."
    products = height * width * deep
    yield f"One value is the sum of {height}·{width}·{deep} = {products} products: {convolution_symbols(step)}."
    if max(found["dilation"]) > 1:
        down, right = found["dilation"]
        reach = f"{down * (height - 1) + 1}×{right * (width - 1) + 1}"
        yield f"dilation = {down}×{right}: the filter's cells stand apart and reach over {reach} values."
    yield from _geometry(step)
    yield from _four_numbers(step, "strides")


def _bias(step: Step) -> Iterator[str]:
    height, width, channels = step.size
    if height * width == 1:
        yield f"Each of the {channels} values gets a number of its own added, its bias, which is learned too."
    else:
        yield f"Each of the {channels} maps gets one number added to all its {height}×{width} values: its bias."


def _transposed(step: Step, filters: str) -> Iterator[str]:
    before, after, found = step.origins[0].size, step.size, step.attributes
    yield f"{filters}, the other way around: every input value is spread over a window of the output, times the filter."
    down, right = found["stride"]
    sizes = f"{size_text(before)} becomes {size_text(after)}"
    yield f"The windows lie {down}×{right} apart and add up where they meet: {sizes}."


def _pooling(step: Step) -> Iterator[str]:
    before, after, found = step.origins[0].size, step.size, step.attributes
    what = {"max": "the largest value", "mean": "the mean", "power": "a power mean"}.get(found.get("pooling", ""))
    if what is None or found["adaptive"]:
        extreme = "the largest value" if "max" in step.op else "the smallest value"
        name = what or {"mean": "the mean", "sum": "the sum"}.get(step.op, extreme)
        if after[0] == after[1] == 1:
            yield f"Each of the {before[2]} maps becomes one number: {name} of its {before[0]}×{before[1]} values."
        else:
            windows = f"{after[0]}×{after[1]} windows, as even as they can be"
            yield f"Each map is cut into {windows}, and {name} of each is kept."
        return
    if len(found["kernel"]) != 2:
        yield f"Each window of a volume is replaced by {what}."
        return
    height, width = found["kernel"]
    yield f"Each window of {height}×{width} values is replaced by {what} in it; every map for itself."
    yield from _geometry(step)
    if found["pooling"] == "max" and any(sum(side) for side in found["padding"]):
        yield "Padding never wins a maximum: only values of the map count."
    if found["pooling"] == "mean" and any(sum(side) for side in found["padding"]):
        counted = "count in the mean" if found["count_include_pad"] else "do not count in the mean"
        yield f"The cells of the padding {counted}."
    yield from _four_numbers(step, "ksize and strides")
    yield "Nothing is learned here."


def _geometry(step: Step) -> Iterator[str]:
    """Why the output has its size: padding, stride, and what the other padding would give."""
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
    cells = {
        "zeros": "zeros",
        "reflect": "the map mirrored at its edge",
        "replicate": "the edge's own values repeated",
        "circular": "the values of the opposite edge",
        "ignored": "cells that do not count",
    }[found["padding_mode"]]
    sides = f"{_count(top, 'row')} above, {bottom} below, {_count(left, 'column')} on the left, {right} on the right"
    return f"Around the map stand {cells}: {sides}. {_drawn(before[1], left, right)}"


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n:,} {what}s"


def _drawn(width: int, left: int, right: int) -> str:
    """One row, padding and all: ▢▢■■■■■■▢▢."""
    inside = "■" * width if width <= 2 * DRAWN else "■" * DRAWN + "…" + "■" * DRAWN
    return f"One row: {'▢' * left}{inside}{'▢' * right} (▢ padding, ■ the map's {width} values)."


def _out_formula(step: Step, axis: int) -> str:
    """This axis' output size, worked out."""
    found = step.attributes
    n, out = step.origins[0].size[axis], step.size[axis]
    k, s, d, (before, after) = (found[key][axis] for key in ("kernel", "stride", "dilation", "padding"))
    reach = d * (k - 1) + 1
    padded = f"{n}" + (f" + {before} + {after}" if before or after else "")
    rounding = "ceil" if found.get("ceil_mode") else "floor"
    inner = f"({padded} − {reach}) / {s}"
    exact = (n + before + after - reach) % s == 0
    return f"{inner} + 1 = {out}" if exact else f"{rounding}({inner}) + 1 = {out}"


def _four_numbers(step: Step, name: str) -> Iterator[str]:
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


# --- reshaping, fully connected, dropout ----------------------------------------------------------------------------


def _reshaping(step: Step) -> Iterator[str]:
    if not step.origins:
        yield f"A parameter is brought into the shape {_tensor_shape(step)}; no data flows through here."
        return
    before, after = step.origins[0], step
    if step.op in ("reshape", "view", "flatten", "unflatten", "ravel"):
        count = f"{math.prod(after.output_shape):,} values in the same order"
        yield f"Nothing is computed: the same {count}, {_from_to(before, after)}."
        yield from _minus_one(step)
        if after.layout == "flat" and before.layout in ("NHWC", "NCHW") and before.size[:2] != (1, 1):
            order = "height, width, channel" if before.layout == "NHWC" else "channel, height, width"
            yield f"The list goes by {order}, the last one fastest; a fully connected layer takes a list."
        if before.layout == "flat" and after.layout == "NHWC":
            _, width, channels = after.size
            step_ = f"{width * channels}·y + {channels}·x + channel" if channels > 1 else f"{width}·y + x"
            yield f"The list becomes a picture again: the value at row y, column x is number {step_} of the list."
        return
    sentences = {
        "permute": "The dimensions change places; every value keeps its own.",
        "transpose": "Two dimensions change places; every value keeps its own.",
        "chunk": "The input is cut into parts; this is one of them.",
        "split": "The input is cut into parts; this is one of them.",
        "index": "A part of the input is taken out.",
        "pad": "Rows and columns are added around the map.",
        "pixel_shuffle": "Channels are laid out as pixels: fewer channels, a larger map.",
        "channel_shuffle": "The channels change places, so that groups mix.",
        "expand": "The values are repeated, without a copy of them.",
        "expand_as": "The values are repeated, without a copy of them.",
    }
    yield f"{sentences.get(step.op, 'Values move, and none is changed.')}"
    if before.output_shape != after.output_shape:
        yield f"{_from_to(before, after).capitalize()}."
    if "part" in step.attributes:
        yield f"It is part {step.attributes['part'] + 1} of {step.attributes['parts']}."


def _from_to(before: Step, after: Step) -> str:
    if before.size == after.size:
        return f"from {_tensor_shape(before)} to {_tensor_shape(after)}"
    return f"from {size_text(before.size)} to {size_text(after.size)}"


def _tensor_shape(step: Step) -> str:
    return f"[{', '.join(str(n) for n in step.output_shape)}]"


def _minus_one(step: Step) -> Iterator[str]:
    asked = step.attributes.get("shape")
    if not asked or -1 not in asked:
        return
    others = math.prod(n for n in asked if n != -1)
    total = math.prod(step.output_shape)
    known = "·".join(str(n) for n in asked if n != -1)
    found = total // others if others else 0
    written = f"[{', '.join(str(n) for n in asked)}]"
    first = asked[0] == -1
    divisor = f"({known})" if "·" in known else known
    many = ", the number of images; so the code takes as many at a time as it is given" if first else ""
    yield f"The -1 in {written} stands for what is left over: {total} values / {divisor} = {found}{many}."


def _fully_connected(step: Step) -> Iterator[str]:
    if step.op in ("add", "bias_add"):
        yield from _bias(step)
        return
    left = step.call.values["input"]
    rows = step.output_shape if isinstance(left, Step) else operations.shape_of(left)[:-1]
    inputs, outputs = operations.shape_of(left)[-1], rows[-1] if rows else 1
    places = step.output.numel() // max(outputs, 1)
    each = f" at each of the {places} places" if places > 1 else ""
    many = _count(outputs, "output")
    yield f"{many}, each connected with all {inputs} inputs{each}: O[n,k] = Σ_q I[n,q] · W[q,k]."
    bias = f", plus {outputs} bias{'es' * (outputs > 1)}" if step.bias is not None else ""
    yield f"That takes {inputs}·{outputs} = {inputs * outputs:,} weights{bias}."
    if places > 1:
        yield "It is a convolution whose window is 1×1: all places share the weights."
    else:
        yield "It is a convolution whose window is the whole input: every output has one weight for every input value."


def _dropout(step: Step) -> Iterator[str]:
    keep = step.attributes["keep_prob"]
    count = math.prod(step.output_shape)
    written = step.attributes.get("written_keep_prob", keep)
    if keep == 1.0:
        yield f"Dropout is off (keep probability 1): all {count:,} values pass as they are."
        yield "It drops only while training."
        if written != 1.0:
            yield f"It keeps each value with probability {written:g} then, and multiplies it by 1 / {written:g}."
    else:
        dropped = int(((step.output == 0) & (step.origins[0].output != 0)).sum())
        yield f"Each value is kept with probability {keep:g}, by chance; here {dropped:,} of {count:,} were set to 0."
        if keep > 0:
            yield f"What is kept is multiplied by 1 / {keep:g} = {1 / keep:.4g}, so that sums stay about as large."
    yield "A network that cannot count on any single value learns to spread what it knows: it overfits less."
    yield (
        "keep_prob = 0 would keep nothing, and 1 / 0 is no number, so it is an error: it must be above 0 and at most 1."
        if step.call.function is not None and getattr(step.call.function, "__module__", "") == operations.OUR_OPS
        else "A keep probability of 0 would leave nothing but zeros: the layers behind could learn nothing."
    )


# --- activation, normalization, joining -----------------------------------------------------------------------------


def _activation(step: Step) -> Iterator[str]:
    if step.op in ("softmax", "log_softmax", "softmin"):
        power = "e to the power of minus" if step.op == "softmin" else "e to the power of"
        yield f"Each value becomes {power} itself, divided by the sum of all of them: shares that add up to 1."
        if step.op == "log_softmax":
            yield "Of each share the logarithm is given."
        return
    if step.op == "glu":
        yield "The first half of the channels passes through gates, which the second half opens: a · 1 / (1 + e⁻ᵇ)."
        return
    numbers = dict(step.attributes) | {"slope": "a learned slope"}
    yield f"Each value for itself: {functions.formula(step.op, numbers)}."
    if step.op == "relu" and step.origins and step.output.numel():
        before = step.origins[0].output if not step.attributes.get("inplace") else None
        count = math.prod(step.output_shape)
        zeros = int((step.output == 0).sum()) if before is None else int((before < 0).sum())
        cut = f"{zeros:,} of {count:,} ({zeros / max(count, 1):.0%})"
        yield f"Negative values become 0, the others pass unchanged; here {cut} are cut."
        yield "Without a bend like this, layers in a row could do no more than one layer can."


def _normalization(step: Step) -> Iterator[str]:
    over = {
        "batch_norm": "each channel",
        "instance_norm": "each map",
        "group_norm": f"each of {step.attributes.get('norm_groups')} groups of channels",
        "layer_norm": f"the values along the last {_count(len(step.attributes.get('norm_shape', ())), 'dimension')}",
    }.get(step.op)
    if over is None:
        yield "Each value is divided by a measure of how large its neighbours are."
        return
    yield f"For {over}, the mean is taken away and the rest divided by the standard deviation: sizes stay even."
    if step.op == "batch_norm":
        own = step.attributes["training"]
        source = "this image's own" if own else "those gathered while training"
        yield f"Mean and deviation are {source}: (I − μ) / √(σ² + ε), with ε = {step.attributes['eps']:g}."
    if step.weight is not None:
        yield "Then a learned scale γ and shift β."


def _joining(step: Step) -> Iterator[str]:
    names = [origin.name for origin in step.origins]
    if len(names) < 2:
        given = names[0] if names else "Parameters of the network alone"
        yield f"{given}: joined to {size_text(step.size)} with what the network has learned, or with itself."
        return
    if step.op in operations.JOININGS:
        sizes = [origin.size[2] for origin in step.origins]
        if sum(sizes) == step.size[2]:
            total = f"{' + '.join(map(str, sizes))} = {step.size[2]} channels"
            yield f"The maps of {_and(names)} one behind another: {total}."
        else:
            yield f"{_and(names)} are put together: {size_text(step.size)}."
        return
    verb = {"add": "added", "sub": "subtracted", "mul": "multiplied", "div": "divided"}.get(step.op, "compared")
    yield f"{_and(names)} are {verb}, value by value: {size_text(step.size)}."
    if step.op == "add":
        yield "The addition lets values pass by the layers in between: those only have to learn what to change."
    if step.op == "mul":
        yield "One acts as a gate for the other: near 0 it closes, near 1 it lets pass."


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# --- the ends -------------------------------------------------------------------------------------------------------


def _input(step: Step) -> Iterator[str]:
    low, high = float(step.output.min()), float(step.output.max())
    picture = step.attributes.get("picture")
    if picture is not None:
        yield (
            f"The image, {size_text(picture)}, as a list of {math.prod(picture)} numbers: row by row, "
            f"from {low:.4g} to {high:.4g}."
        )
    else:
        yield f"The image: {size_text(step.size)} numbers, from {low:.4g} to {high:.4g}."


def _output(step: Step) -> Iterator[str]:
    height, width, channels = step.size
    if not step.output.numel():
        yield f"What the network returns is empty: {_tensor_shape(step)}."
        return
    if height * width > 1:
        yield f"What the network returns: {size_text(step.size)}."
        return
    if channels == 1:
        yield f"What the network returns: one number, {step.value():.4g}."
        return
    values = step.maps.reshape(-1)
    if values.isnan().any():
        missing = int(values.isnan().sum())
        yield f"What the network returns: {channels} numbers, of which {missing} are NaN: no class is named."
        return
    best = int(values.argmax())
    largest = f"the largest, {float(values[best]):.4g}, is number {best}"
    yield f"What the network returns: {channels} numbers, one for each class; {largest}."
    if bool((values >= 0).all()) and abs(float(values.sum()) - 1.0) < 1e-4:
        yield "They are probabilities already: none is negative, and they add up to 1."
    else:
        yield "Softmax makes probabilities of them: e to the power of each, divided by the sum of all."


def _other(step: Step) -> Iterator[str]:
    if step.op in functions.FUNCTIONS:
        yield f"Each value for itself: {functions.formula(step.op, step.attributes)}."
    elif step.op == "interpolate" and step.origins:
        mode = step.attributes.get("mode", "nearest")
        sizes = f"{size_text(step.origins[0].size)} becomes {size_text(step.size)}"
        yield f"The maps are brought to another size ({mode}): {sizes}."
    elif step.op in _DOES and not isinstance(step.attributes.get("other", ""), str):
        number = f"{step.attributes['other']:.4g}"
        yield f"{_DOES[step.op].format(number)}: {size_text(step.size)}."
    elif step.origins and step.op in operations.BINARY | operations.COMPARISONS:
        yield f"{step.op}, value by value, with a number or a constant: {size_text(step.size)}."
    elif step.op in operations.REDUCTIONS and step.origins:
        dim = step.attributes.get("dim")
        along = "of all values" if dim is None else f"along dimension {dim}"
        yield f"The {step.op} {along}: {_from_to(step.origins[0], step)}."
    else:
        yield f"The code calls {step.op}; it gives {_tensor_shape(step)}. There are no more words for it here."


_DOES = {
    "add": "{} is added to every value",
    "sub": "{} is taken away from every value",
    "mul": "Every value is multiplied by {}",
    "div": "Every value is divided by {}",
}
"""What the code does with every value and one number."""

_KINDS: dict[str, Callable[[Step], Iterator[str]]] = {
    "input": _input,
    "convolution": _convolution,
    "pooling": _pooling,
    "reshaping": _reshaping,
    "fully connected": _fully_connected,
    "dropout": _dropout,
    "activation": _activation,
    "normalization": _normalization,
    "joining": _joining,
    "output": _output,
    "other": _other,
}
