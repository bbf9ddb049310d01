"""What a file keeps of a trace, so that it can be sent by mail, and the sentences that say what it left out.

What the page can work out again from other numbers (a ReLU, a bias, a pooling, a reshaping, a normalization by its
formula) is not kept. Of the rest, every feature map is kept as a thumbnail at least; whole outputs follow, the small
ones first, and filters likewise, while there is room. A large matrix is kept as its strongest products.
"""

import base64
import gzip
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fivebyfive.views.page import document, fields, forms, functions
from fivebyfive.views.page.envelope import Buffers, Part, pack
from fivebyfive.views.page.structure import by_its_training, form_of

if TYPE_CHECKING:
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

FILE = 19_000_000
"""Bytes that a file's document may take, compressed and in base64; the page itself is the rest of 20 MB."""
ROOMS = (19_000_000, 16_000_000, 13_500_000)
"""Bytes of numbers to try: how much less they become depends on the numbers."""
FILTERS = 4_000_000
"""Bytes of these that filters may take."""
MATRIX = 1_000_000
"""Bytes of a matrix that is kept whole."""
THUMBNAILS = 4_000_000
SIDES = (32, 24, 16, 12, 8, 6, 4, 2, 1)
"""The longest side of a thumbnail in cells: the first with which all fit."""
DERIVED = {"bias", "maximum", "sum", "product", "concatenation", "reshape", "moved", "output"}
NAMED = 6
"""Steps that a sentence names before it counts the others."""
Floats = npt.NDArray[np.float32]


def file_document(trace: "Trace") -> str:
    """The envelope for a file, compressed and in base64."""
    text = ""
    for room in ROOMS:
        text = base64.b64encode(gzip.compress(kept(trace, room), 6, mtime=0)).decode()
        if len(text) <= FILE:
            break
    return text


def kept(trace: "Trace", room: int) -> bytes:
    """An envelope with about `room` bytes of numbers."""
    steps = document.weighted(trace)
    small = [s for s in steps if form_of(s) != "matrix" or (s.weight is not None and 4 * s.weight.numel() <= MATRIX)]
    filters = document.fitting(small, min(FILTERS, room // 4))
    weights = {f"weight/{step.index}": document.weight(step) for step in filters}
    without = [step for step in steps if step not in filters]
    buffers = document.picture(trace) | document.biases(trace) | weights | document.strongest(without)
    buffers |= (
        functions.pieces(trace)
        | functions.samples(trace)
        | fields.buffers(trace)
        | forms.buffers(document.of_forms(trace))
    )
    whole = _whole(trace, room - THUMBNAILS - sum(b.nbytes for b in buffers.values()))
    cut = [step for step in trace.steps if step.index not in whole and not derived(step, whole)]
    buffers |= {f"output/{index}": values for index, values in whole.items()} | _thumbnails(cut)
    told = document.said(trace) | {"left_out": _left_out(cut, without)}
    return pack(document.structure(trace), Part(told, buffers))


def derived(step: "Step", whole: dict[int, Floats]) -> bool:
    """Whether the page can work this step's output out from what is kept."""
    form = form_of(step)
    exact = (
        form in DERIVED
        or (form == "normalization" and by_its_training(step))
        or (form == "activation" and functions.exact(step))
        or (form == "dropout" and step.attributes.get("keep_prob") == 1)
    )
    return exact and all(origin.index in whole or derived(origin, whole) for origin in step.origins)


def _whole(trace: "Trace", room: int) -> dict[int, Floats]:
    """The outputs to keep: those that cannot be derived, the small ones first."""
    every: dict[int, Floats] = {step.index: document.output(step) for step in trace.steps}
    needed = sorted((s for s in trace.steps if not derived(s, every)), key=lambda step: step.output.numel())
    whole: dict[int, Floats] = {}
    for step in needed:
        room -= every[step.index].nbytes
        if room >= 0:
            whole[step.index] = every[step.index]
    return whole


def _thumbnails(steps: list["Step"]) -> Buffers:
    """Every map small, one byte a cell: 127 is zero, 0 and 254 the largest distance from it, ``spread/I``."""
    sizes = [step.size for step in steps]
    side = next((s for s in SIDES if sum(c * min(h, s) * min(w, s) for h, w, c in sizes) <= THUMBNAILS), SIDES[-1])
    buffers: Buffers = {}
    for step in steps:
        maps = document.output(step).reshape(step.size[2], *step.size[:2])
        maps = np.nan_to_num(maps, nan=0.0, posinf=0.0, neginf=0.0)  # a byte has no word for them
        spread = np.abs(maps).max(axis=(1, 2), initial=0.0)
        small = _shrunk(_shrunk(maps, side, 1), side, 2)
        scaled = small / np.where(spread > 0, spread, 1)[:, None, None]
        buffers[f"spread/{step.index}"] = spread.astype(np.float32)
        buffers[f"thumbnail/{step.index}"] = np.rint(scaled * 127 + 127).astype(np.uint8)
    return buffers


def _shrunk(maps: Floats, side: int, axis: int) -> Floats:
    """The means of at most `side` stretches of `axis`."""
    size = maps.shape[axis]
    if size <= side:
        return maps
    edges = np.arange(side) * size // side
    counts = np.diff(np.append(edges, size)).astype(np.float32)
    shape = [-1 if a == axis else 1 for a in range(3)]
    return np.asarray(np.add.reduceat(maps, edges, axis=axis) / counts.reshape(shape), np.float32)


def _left_out(cut: list["Step"], without: list["Step"]) -> list[str]:
    of_form = {form: [step for step in without if form_of(step) == form] for form in ("matrix", "pairs")}
    matrices, pairs = of_form["matrix"], of_form["pairs"]
    filters = [step for step in without if step not in (*matrices, *pairs)]
    says = {
        "whole feature maps, of which only thumbnails are kept": cut,
        "filters": filters,
        "matrices that many places share": pairs,
        f"all but the {document.STRONGEST} strongest products of each output": matrices,
    }
    return [f"To stay small, this file leaves out {what}: {_names(steps)}." for what, steps in says.items() if steps]


def _names(steps: list["Step"]) -> str:
    names = ", ".join(step.name for step in steps[:NAMED])
    return names if len(steps) <= NAMED else f"{names} and {len(steps) - NAMED} more steps"
