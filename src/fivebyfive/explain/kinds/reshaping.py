"""Reshaping: values move, and none is changed. Other shapes, other orders of the dimensions, parts, padding.

Source of the definitions: https://pytorch.org/docs/stable/torch.html#indexing-slicing-joining-mutating-ops
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from torch import Tensor

from fivebyfive.explain import dimensions
from fivebyfive.explain.backward.passing import out_of, with_ones
from fivebyfive.explain.fields import mixing, moves
from fivebyfive.explain.given import leaves
from fivebyfive.explain.kind import Called, Index, Kind, numbers_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.moved import moved
from fivebyfive.explain.phrases import counted, from_to, tensor_shape
from fivebyfive.explain.step import Arithmetic, Step

_ONE_LIST = ("reshape", "view", "flatten", "unflatten", "ravel")


def _attributes(called: Called) -> dict[str, Any]:
    if called.op in ("reshape", "view", "permute", "expand", "repeat"):
        return {"dims" if called.op == "permute" else "shape": _asked(called)}
    return numbers_of(called)


def _asked(called: Called) -> tuple[int, ...]:
    """The shape (or dims) of ``x.view(1, -1)``, ``x.view((1, -1))`` and ``x.view(shape=(1, -1))`` alike."""
    values, args = called.values, called.arguments
    named = values.get("shape") or values.get("size") or values.get("dims") or values.get("sizes")
    wanted = named if named is not None else args[1] if len(args) == 2 else args[1:]
    wanted = wanted if isinstance(wanted, Sequence) else (wanted,)
    return tuple(n if isinstance(n, int) else -1 for n in wanted)


def _moves(step: Step) -> list[Any]:
    if step.op in ("meshgrid", "broadcast_tensors", "cartesian_prod"):
        return [value for value in leaves(step.call.arguments) if isinstance(value, (Step, Tensor))]
    return [step.call.values["input"]]


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    value = float(step.call.values.get("value") or 0.0)
    if step.op in _ONE_LIST:
        symbols = "the same values in the same order: O[m] = I[m], m counting along the last dimension first"
        return moved(step, index, position, _moves(step), symbols)
    filled = (_FILLED.get(step.op, "the padding's value"), value)
    return moved(step, index, position, _moves(step), filled=filled)


_FILLED = {
    "triu": "0, below the diagonal",
    "tril": "0, above the diagonal",
    "diag": "0, beside the diagonal",
    "diag_embed": "0, beside the diagonal",
}


def _words(step: Step) -> Iterator[str]:
    if not step.origins:
        yield f"A parameter is brought into the shape {tensor_shape(step)}; no data flows through here."
        return
    before, after = step.origins[0], step
    if step.op in _ONE_LIST:
        yield from _one_list(before, after)
        return
    yield _SAID.get(step.op, "Values move, and none is changed.")
    if before.output_shape != after.output_shape:
        yield f"{from_to(before, after).capitalize()}."
    if "part" in step.attributes:
        yield f"It is part {step.attributes['part'] + 1} of {step.attributes['parts']}."


_PARTS = "The input is cut into parts; this is one of them."
_REPEATED = "The values are repeated, without a copy of them."
_SAID = {
    "permute": "The dimensions change places; every value keeps its own.",
    "transpose": "Two dimensions change places; every value keeps its own.",
    "chunk": _PARTS,
    "split": _PARTS,
    "index": "A part of the input is taken out.",
    "pad": "Rows and columns are added around the map.",
    "pixel_shuffle": "Channels are laid out as pixels: fewer channels, a larger map.",
    "channel_shuffle": "The channels change places, so that groups mix.",
    "expand": _REPEATED,
    "expand_as": _REPEATED,
    "triu": "What lies below the diagonal becomes 0.",
    "tril": "What lies above the diagonal becomes 0.",
    "im2col": "Each window of values is laid out as a list, one behind another.",
    "meshgrid": "The values of one list are repeated along the others' directions: a grid of places.",
    "unfold": "Each window of values is laid out as a list, one behind another.",
    "roll": "The values move in a circle: what leaves at one end comes in at the other.",
}


def _one_list(before: Step, after: Step) -> Iterator[str]:
    count = f"{math.prod(after.output_shape):,} values in the same order"
    yield f"Nothing is computed: the same {count}, {from_to(before, after)}."
    yield from _minus_one(after)
    if after.layout == "flat" and before.layout in ("NHWC", "NCHW") and before.size[:2] != (1, 1):
        order = "height, width, channel" if before.layout == "NHWC" else "channel, height, width"
        yield f"The list goes by {order}, the last one fastest; a fully connected layer takes a list."
    if before.layout == "flat" and after.layout == "NHWC":
        _, width, channels = after.size
        place = f"{width * channels}·y + {channels}·x + channel" if channels > 1 else f"{width}·y + x"
        yield f"The list becomes a picture again: the value at y, x is number {place} of the list."


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


def _back(step: Step) -> Iterator[str]:
    yield "Each gradient goes back to the place that its value came from, unchanged: moving multiplies nothing."
    operands = [origin for origin in step.origins if origin.output.is_floating_point()]
    taken = with_ones(step, operands[0]) if operands else None
    if taken is None:
        return
    left, repeated = int((taken == 0).sum()), int((taken > 1).sum())
    if left:
        yield f"{out_of(left, taken.numel())} values of {operands[0].name} were not taken: they get nothing from here."
    if repeated:
        most = int(taken.max())
        yield (
            f"{counted(repeated, 'value')} stand{'s' * (repeated == 1)} in several places, up to {most:,}: all "
            "their gradients are added up."
        )


KIND = Kind(
    name="reshaping",
    operations={
        """
        reshape view reshape_as view_as permute ravel t T mT H mH adjoint rot90 expand expand_as repeat tile
        repeat_interleave unfold broadcast_to index_select gather take_along_dim diagonal masked_select triu tril take
        diag diag_embed diagflat fliplr flipud hsplit vsplit dsplit as_strided unsafe_chunk unsafe_split narrow_copy
        im2col
        """: "input",
        "flatten": "input start_dim end_dim",
        "unflatten": "input dim sizes",
        "transpose": "input dim0 dim1",
        "movedim": "input source destination",
        "squeeze unsqueeze unbind": "input dim",
        "select": "input dim index",
        "narrow": "input dim start length",
        "index": "input index",
        "chunk": "input chunks dim",
        "split split_with_sizes tensor_split": "input split_size dim",
        "flip roll": "input shifts dim",
        "pixel_shuffle": "input upscale_factor",
        "pixel_unshuffle": "input downscale_factor",
        "channel_shuffle": "input groups",
        "pad": "input pad mode value",
        "meshgrid broadcast_tensors cartesian_prod combinations": "input",
    },
    ours={"reshape": "input shape"},
    aliases={
        "__getitem__": "index",
        "constant_pad_nd": "pad",
        "swapaxes": "transpose",
        "swapdims": "transpose",
        "moveaxis": "movedim",
        "native_channel_shuffle": "channel_shuffle",
    },
    keywords={op: {"split_size_or_sections": "split_size"} for op in ("split", "chunk", "split_with_sizes")},
    attributes=_attributes,
    moves=_moves,
    axes={
        "reshape view reshape_as view_as ravel flatten unflatten": dimensions.reshaped,
        "permute": dimensions.permuted,
        "t T mT H mH adjoint transpose": dimensions.swapped,
        """
        expand expand_as repeat tile repeat_interleave broadcast_to index_select gather take_along_dim flip
        roll pixel_shuffle pixel_unshuffle channel_shuffle pad
        """: dimensions.sized,
        "unfold im2col": dimensions.unfolded,
        "movedim": dimensions.moved,
        "squeeze": dimensions.squeezed,
        "unsqueeze": dimensions.unsqueezed,
        "unbind select": dimensions.without,
        "narrow": dimensions.narrowed,
        "index": dimensions.indexed,
        "chunk split split_with_sizes tensor_split": dimensions.divided,
    },
    field={
        "reshape view reshape_as view_as ravel flatten unflatten squeeze unsqueeze": moves.reshaped,
        """
        permute t T mT H mH adjoint rot90 expand expand_as repeat tile repeat_interleave unfold broadcast_to
        index_select gather take_along_dim diagonal masked_select diag diag_embed fliplr flipud hsplit
        vsplit dsplit as_strided unsafe_split narrow_copy im2col transpose movedim unbind select narrow
        index chunk split split_with_sizes tensor_split flip roll pixel_shuffle pixel_unshuffle
        channel_shuffle take diagflat unsafe_chunk meshgrid broadcast_tensors
        cartesian_prod combinations
        """: moves.moved,
        "triu tril": mixing.same,
        "pad": moves.padded,
    },
    sum=_sum,
    words=_words,
    back=_back,
)
