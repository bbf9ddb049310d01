"""A `Trace` as the page reads it, in three parts: what the network is, what it computed, what it has learned.

`structure` stays the same from picture to picture (code, steps, edges, shapes, classes); `values` are one picture's
numbers, and the words that name some of them; `parameters` are the weights. A live page fetches
``pack(structure(t), parameters(t))`` once and then one ``pack(values(t))`` for each picture; a file holds all three.
When a network takes another way for another picture (``digest(t)`` differs), the values come with their structure and
parameters again: ``pack(structure(t), parameters(t), values(t))``; the page takes whatever an envelope brings.

Numbers are float32 and in one layout whatever the network's own: feature maps [channels, height, width], lists [units],
filters [out, in / groups, height, width], matrices [out, in].

Buffers: ``output/I`` of step I, ``weight/I``, ``bias/I``, ``mean/I`` and ``variance/I`` of a normalization,
``pieces/I`` or ``samples/I`` of a function of one value (`functions.py`), ``image`` (uint8 [H, W, C]), ``photo``
(uint8 [h, w, 1 or 3]), ``stage/I`` (uint8 [h, w] or [h, w, 3]) of the Ith stage of its preparation, ``probabilities``;
and for a matrix too large to send, ``strongest/I`` [out, n] (indices of inputs) with ``strongest-weight/I`` [out, n].
What else belongs to a step's form is told in `forms/`, what a value sees of the image in `fields.py`, and the way back,
where it was traced, in `back.py`.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from fivebyfive.decision import ranking
from fivebyfive.explain.layout import as_maps
from fivebyfive.views import guard
from fivebyfive.views.page import back, fields, forms, functions, laid, tour
from fivebyfive.views.page.envelope import Buffers, Part, pack, unpack
from fivebyfive.views.page.laid import Floats
from fivebyfive.views.page.structure import describe, form_of, symbols

if TYPE_CHECKING:
    from torch import Tensor

    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

__all__ = ["LIVE_PARAMETERS", "Part", "digest", "pack", "parameters", "structure", "unpack", "values"]

LIVE_PARAMETERS = 256 * 2**20
"""Bytes of weights that a live page is sent, once. Of a matrix beyond it only the strongest products are sent."""
STRONGEST = 24
"""Products that are sent for each output of a matrix that is too large to send."""
MOST_OUTPUTS = 1 << 14
"""Of a matrix with more outputs, such as filters that are mixed anew for each picture, no products are sent."""


def structure(trace: "Trace") -> Part:
    """What stays the same for every picture that takes the same way through the network."""
    description = describe(trace)
    return Part({"structure": description, "digest": _digest(description), "lesson": tour.stops(trace)})


def digest(trace: "Trace") -> str:
    """Tells structures apart: equal for two traces exactly when `describe` says the same of them."""
    return _digest(describe(trace))


def values(trace: "Trace", limit: int = LIVE_PARAMETERS) -> Part:
    """One picture's numbers: every step's output, the picture as the network got it, the probabilities.

    Args:
        limit: the one that `parameters` was given; what did not fit there comes here as its strongest products.
    """
    sent = {step.index for step in fitting(weighted(trace), limit)}
    buffers: Buffers = {f"output/{step.index}": output(step) for step in trace.steps}
    without = [step for step in weighted(trace) if step.index not in sent]
    buffers |= picture(trace) | strongest(without) | back.strongest(without)
    buffers |= functions.samples(trace) | fields.buffers(trace) | forms.buffers(of_forms(trace)) | back.buffers(trace)
    return Part(said(trace), buffers)


def parameters(trace: "Trace", limit: int = LIVE_PARAMETERS) -> Part:
    """Weights and biases, small ones first, as long as they fit in `limit` bytes."""
    chosen = fitting(weighted(trace), limit)
    weights: Buffers = {f"weight/{step.index}": weight(step) for step in chosen}
    return Part(buffers=biases(trace) | weights | functions.pieces(trace))


def of_forms(trace: "Trace") -> list["Step"]:
    """The steps that are sent what their form needs, as `forms/` says."""
    return [step for step in trace.steps if form_of(step) in forms.NAMES]


def said(trace: "Trace") -> dict[str, Any]:
    """What the trace says in words: of the picture, of the answer, and of each step with this picture's numbers."""
    about, probabilities = trace.photo, dict(trace.prediction)
    return {
        "photo": about and {name: getattr(about, name) for name in ("width", "height", "boxes", "chosen", "notes")},
        "stages": [name for name, _ in trace.stages],
        "notes": [n for n in trace.notes if (about is None or n not in about.notes) and n not in trace.warnings],
        "warnings": trace.warnings,
        "ranking": ranking([probabilities[c] for c in trace.classes], trace.classes) if probabilities else [],
        "doubt": trace.doubt,
        "words": [guard.words(step) for step in trace.steps],
        "symbols": [guard.guarded(step, "The formula", symbols, lambda _: "") for step in trace.steps],
    } | back.said(trace)


def picture(trace: "Trace") -> Buffers:
    """The picture as the network got it and as it was before, and the probability of each class."""
    buffers: Buffers = {f"stage/{i}": pixels for i, (_, pixels) in enumerate(trace.stages)}
    if trace.photo is not None:
        buffers["photo"] = trace.photo.pixels
    if trace.image is not None:
        buffers["image"] = np.asarray(trace.image, np.uint8)
    if trace.prediction:
        said = dict(trace.prediction)
        buffers["probabilities"] = np.array([said[label] for label in trace.classes], np.float32)
    return buffers


def output(step: "Step") -> Floats:
    """A step's output, [channels, height, width] or [units]."""
    return laid.maps(step.maps)


def weight(step: "Step") -> Floats:
    """A step's filters, [out, in / groups, height, width], or matrix, [out, in]; of many sums of pairs as it is."""
    found = step.weight
    assert found is not None
    return laid.filters(step, found)


def biases(trace: "Trace") -> Buffers:
    """Every bias, and all that the normalizations have learned."""
    buffers: Buffers = {}
    for step in trace.steps:
        found = {"bias": step.bias}
        if form_of(step) == "normalization":
            learned = step.call.values
            scale, shift = (_placed(step, t) for t in (step.weight, step.bias))
            found = {"weight": scale, "bias": shift}
            found |= {"mean": learned.get("running_mean"), "variance": learned.get("running_var")}
        buffers |= {f"{name}/{step.index}": laid.array(t.reshape(-1)) for name, t in found.items() if t is not None}
    return buffers


def _placed(step: "Step", learned: "Tensor | None") -> "Tensor | None":
    """One number for each channel; where a normalization has learned one for each place, [channels, height, width]."""
    if learned is None or step.op not in ("layer_norm", "rms_norm"):
        return learned
    maps = as_maps(learned.detach().expand(step.output_shape), step.layout)
    return maps[:, 0, 0] if bool((maps == maps[:, :1, :1]).all()) else maps


def weighted(trace: "Trace") -> list["Step"]:
    """The steps whose filters or matrix the page calculates with."""
    return [s for s in trace.steps if s.weight is not None and _multiplies(s)]


def _multiplies(step: "Step") -> bool:
    form = form_of(step)
    if form == "pairs":
        return {"buffer": "weight"} in forms.attributes(step)["operands"]
    return form in ("convolution", "transposed", "matrix")


def fitting(steps: Iterable["Step"], limit: int) -> list["Step"]:
    """Those whose weights fit in `limit` bytes together, the smallest first."""
    chosen, room = [], limit
    for size, step in sorted(
        ((4 * s.weight.numel(), s) for s in steps if s.weight is not None), key=lambda pair: pair[0]
    ):
        room -= size
        if room < 0:
            break
        chosen.append(step)
    return chosen


def strongest(steps: Iterable["Step"]) -> Buffers:
    """The largest products of every output of those among `steps` that multiply by a matrix."""
    buffers: Buffers = {}
    for step in steps:
        if form_of(step) != "matrix" or step.output.numel() > MOST_OUTPUTS:
            continue
        matrix, x = weight(step), output(step.origins[0]).reshape(-1)
        count = min(STRONGEST, len(x))
        products = np.abs(matrix * x)
        indices = np.argpartition(products, len(x) - count, axis=1)[:, len(x) - count :]
        order = np.argsort(-np.take_along_axis(products, indices, 1), axis=1, kind="stable")
        indices = np.take_along_axis(indices, order, 1)
        buffers[f"strongest/{step.index}"] = indices.astype(np.uint32)
        buffers[f"strongest-weight/{step.index}"] = np.take_along_axis(matrix, indices, 1)
    return buffers


def _digest(description: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:16]
