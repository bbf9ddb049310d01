"""What a file keeps of a trace, so that it can be sent by mail, and the sentences that say what it left out.

What the page can work out again from other numbers (a ReLU, a bias, a pooling, a reshaping, a normalization by its
formula) is not kept. Of the rest, the feature maps come first: whole, and where there is no room for that the larger
ones in half precision, and the largest as thumbnails (`smaller.py`). Filters have a part of the room for themselves,
and what the maps leave; first those whose products can be shown, because their inputs are whole. A large matrix is
kept as its strongest products.
"""

import base64
import gzip
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from fivebyfive.views.page import back, document, fields, forms, functions, keep_back, why
from fivebyfive.views.page.envelope import Part, pack
from fivebyfive.views.page.forms.normalization import by_its_training
from fivebyfive.views.page.smaller import MOST_MAPS, THUMBNAILS, Array, Floats, compressed, fitted, names, thumbnails
from fivebyfive.views.page.structure import form_of

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

FILE = 19_500_000
"""Bytes that a file's document may take, compressed and in base64; the page itself is the rest of 20 MB."""
FILTERS = 1_500_000
"""Bytes of these that filters have for themselves, compressed."""
MATRIX = 1_000_000
"""Bytes of a matrix that is kept whole."""
DERIVED = {"bias", "maximum", "sum", "product", "concatenation", "reshape", "moved", "choice", "output"}
EXACT = {"add", "sub", "mul", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge"}
"""Of two values joined place by place, what comes out of double precision as it came out of single."""


def file_document(trace: "Trace", film: Part | None = None, against: Part | None = None) -> str:
    """The envelope for a file, compressed and in base64; with the film of a training, and another trace beside it."""
    room = most = FILE * 3 // 4
    asked = why.asked(trace)
    while True:
        packed = gzip.compress(kept(trace, room, asked, film or Part(), against or Part()), 6, mtime=0)
        if len(packed) <= most or room <= 0:
            return base64.b64encode(packed).decode()
        room -= len(packed) - most + most // 50  # the sizes that things were chosen by were estimates


def kept(trace: "Trace", room: int, *more: Part) -> bytes:
    """An envelope that takes about `room` bytes once it is compressed; what is `more` is in it as well."""
    buffers = document.picture(trace) | document.biases(trace) | functions.pieces(trace) | functions.samples(trace)
    buffers |= fields.buffers(trace) | forms.buffers(document.of_forms(trace))
    told = document.said(trace)
    said = document.structure(trace), Part(told), *more
    room -= len(gzip.compress(pack(*said, Part(buffers=buffers), planes=True), 1))
    way = keep_back.kept(trace, room // 2)
    room -= way.size
    buffers |= way.buffers
    if trace.way_back is not None:
        told["back"]["rounded"] = way.rounded
    outputs = {step.index: document.output(step) for step in trace.steps if not derivable(step)}
    filters = {step.index: document.weight(step) for step in document.weighted(trace) if _small(step)}
    reserved = min(FILTERS, room // 4, sum(map(compressed, filters.values())))
    held = fitted(outputs, room - reserved)
    if len(held) < len(outputs):
        held = fitted(outputs, room - reserved - min(THUMBNAILS, room // 4))
    whole = whole_steps(trace, set(held))
    cut = [step for step in trace.steps if step.index not in whole]
    small = thumbnails({step.index: _maps(step) for step in cut})
    room -= sum(map(compressed, [*held.values(), *small.values()]))
    weights = _filters(trace, filters, whole, room)
    without = [step for step in document.weighted(trace) if step.index not in weights]
    buffers |= {f"output/{index}": array for index, array in held.items()} | small
    buffers |= (
        {f"weight/{index}": array for index, array in weights.items()}
        | document.strongest(without)
        | back.strongest(without)
    )
    rounded = _rounded(trace, held, weights, whole)
    about = {"left_out": _left_out(trace, cut, without, held, weights) + way.notes, "rounded": rounded}
    return pack(*said, Part(about, buffers), planes=True)


def derivable(step: "Step") -> bool:
    """Whether the page works this step's output out from its inputs, as far as it has them."""
    form = form_of(step)
    return (
        form in DERIVED
        or (form == "normalization" and by_its_training(step))
        or (form == "activation" and functions.exact(step))
        or (form == "dropout" and step.attributes.get("keep_prob") == 1)
        or (form == "binary" and step.op in EXACT and step.output.dtype in (torch.float32, torch.bool))
    )


def whole_steps(trace: "Trace", held: set[int]) -> set[int]:
    """The steps whose whole output the page has where a file holds the outputs of `held`."""
    whole = set(held)
    for step in trace.steps:  # what a step takes stands before it
        if derivable(step) and whole.issuperset(step.inputs):
            whole.add(step.index)
    return whole


def _small(step: "Step") -> bool:
    return form_of(step) != "matrix" or (step.weight is not None and 4 * step.weight.numel() <= MATRIX)


def _maps(step: "Step") -> Floats:
    return document.output(step).reshape(step.size[2], *step.size[:2])


def _filters(trace: "Trace", filters: dict[int, Floats], whole: set[int], room: int) -> dict[int, Array]:
    """Those that fit, first those of the steps whose inputs are `whole`."""
    told = {index: array for index, array in filters.items() if whole.issuperset(trace.steps[index].inputs)}
    found = fitted(told, room)
    room -= sum(map(compressed, found.values()))
    return found | fitted({index: array for index, array in filters.items() if index not in told}, room)


def _is_half(array: Array | None) -> bool:
    return array is not None and array.dtype == np.float16


def _rounded(trace: "Trace", held: dict[int, Array], weights: dict[int, Array], whole: set[int]) -> list[int]:
    """The steps whose numbers on the page, or whose inputs' or filters', are of half precision."""
    own: set[int] = set()
    for step in trace.steps:
        follows = step.index in whole and step.index not in held and not own.isdisjoint(step.inputs)
        if follows or _is_half(held.get(step.index)):
            own.add(step.index)
    return [
        step.index
        for step in trace.steps
        if step.index in own or not own.isdisjoint(step.inputs) or _is_half(weights.get(step.index))
    ]


def _left_out(
    trace: "Trace", cut: list["Step"], without: list["Step"], held: dict[int, Array], weights: dict[int, Array]
) -> list[str]:
    leaves, keeps = "To stay small, this file leaves out ", "To stay small, this file keeps "
    roughly = "in half precision, to three digits of the largest"
    says: dict[str, Any] = {
        leaves + "whole feature maps, of which only thumbnails are kept": [s for s in cut if s.size[2] <= MOST_MAPS],
        leaves + "maps of which there are too many": [s for s in cut if s.size[2] > MOST_MAPS],
        leaves + "filters": [step for step in without if form_of(step) not in ("matrix", "pairs")],
        leaves + "matrices that many places share": [step for step in without if form_of(step) == "pairs"],
        leaves + f"all but the {document.STRONGEST} strongest products of each output": [
            step for step in without if form_of(step) == "matrix"
        ],
        keeps + f"feature maps {roughly} number in each": [s for s in trace.steps if _is_half(held.get(s.index))],
        keeps + f"filters {roughly} weight in each": [s for s in trace.steps if _is_half(weights.get(s.index))],
    }
    return [f"{what}: {names(steps)}." for what, steps in says.items() if steps]
