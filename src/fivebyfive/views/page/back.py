"""The way back as the page reads it: what the loss is, and of every step its gradient, in words, sizes and numbers.

Only of a trace that has one. The field ``back`` says what the loss is, and of each step who took its output (those from
the number of steps on are the loss's own), its words and how large its gradient is; ``back.weights`` which parameter a
step's filters are; ``back.same`` the later step whose gradient a step's is too, number by number.

Buffers, beside those of `document.py` and in their layouts: ``gradient/I`` as ``output/I``; ``weight-gradient/I`` and
``bias-gradient/I`` as ``weight/I`` and ``bias/I``; and ``derivative/I``, as ``output/I``, of a step that makes one
number of one: how much each value grows with the value before, unless its pieces say so.
"""

import functools
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from fivebyfive.explain.backward.local import passed_back
from fivebyfive.explain.backward.numbers import size
from fivebyfive.explain.layout import as_maps
from fivebyfive.views.guard import guarded
from fivebyfive.views.page import functions, laid
from fivebyfive.views.page.envelope import Buffers
from fivebyfive.views.page.structure import form_of

if TYPE_CHECKING:
    from fivebyfive.explain.backward.parameters import Parameter
    from fivebyfive.explain.step import Step
    from fivebyfive.explain.trace import Trace

MOST_FILTERS = 16 * 2**20
"""Bytes of filters' gradients that are sent; of larger ones the page adds up what it is asked for."""
MULTIPLIED = ("convolution", "transposed", "matrix", "pairs")
ONE_OF_ONE = ("activation", "dropout")
"""Forms that make one number of one, by a slope that the page is told."""
NEAR = 1e-4
STRONGEST = 24
"""Products that each input of a matrix is told, where the matrix is too large to send."""
MOST_INPUTS = 1 << 14
"""Of a matrix with more inputs none are."""


def said(trace: "Trace") -> dict[str, Any]:
    """The field ``back``; nothing where no way back was traced."""
    way = trace.way_back
    if way is None:
        return {}
    return {
        "back": {
            "loss": _number(way.loss),
            "label": _label(trace),
            "softmax": _softmax(trace),
            "losses": [{"name": step.name, "op": step.op} for step in way.steps],
            "steps": [_step(step) for step in trace.steps],
            "weights": _weights(trace),
            "pictures": _pictures(trace),
            "same": {str(index): later for index, later in same(trace).items()},
        }
    }


def buffers(trace: "Trace") -> Buffers:
    """The numbers of the way back; none where it was not traced."""
    return gradients(trace) | filters(trace) | derivatives(trace)


def gradients(trace: "Trace") -> Buffers:
    """Of every step that the loss depends on, how much it grows with each of its values; of those alike the last's."""
    found, others = _compared(trace)
    return {f"gradient/{index}": gradient for index, gradient in found.items() if index not in others}


def same(trace: "Trace") -> dict[int, int]:
    """The steps whose gradient is, number by number, that of a later step, by their indices."""
    return _compared(trace)[1]


_KEPT: "WeakKeyDictionary[Trace, tuple[dict[int, laid.Floats], dict[int, int]]]" = WeakKeyDictionary()
"""Gradients are asked for as numbers, as what is alike, and once for every size that a file is tried at."""


def _compared(trace: "Trace") -> tuple[dict[int, laid.Floats], dict[int, int]]:
    """Every step's gradient, and of those alike the later step."""
    if trace not in _KEPT:
        found = _gradients(trace)
        _KEPT[trace] = found, _alike(trace, found)
    return _KEPT[trace]


def _alike(trace: "Trace", found: "dict[int, laid.Floats]") -> dict[int, int]:
    later: dict[int, int] = {}
    for step in reversed(trace.steps):
        for consumer in step.consumers if step.index in found else ():
            other = found.get(consumer.index)
            if other is not None and np.array_equal(other.reshape(-1), found[step.index].reshape(-1)):
                later[step.index] = later.get(consumer.index, consumer.index)
                break
    return later


def _gradients(trace: "Trace") -> dict[int, laid.Floats]:
    found = {step.index: guarded(step, "The gradient", _gradient, lambda _: None) for step in trace.steps}
    return {index: gradient for index, gradient in found.items() if gradient is not None}


def filters(trace: "Trace", most: int = MOST_FILTERS) -> Buffers:
    """The gradients of filters and biases, the smallest first.

    A matrix that is used once has none here: a picture's own is a product of two numbers, which the page has.
    """
    found: Buffers = {}
    pairs = [(step, parameter) for step, parameter in _learned(trace).values() if not _follows(trace, step, parameter)]
    for step, parameter in sorted(pairs, key=lambda pair: pair[1].value.numel()):
        most -= 4 * parameter.value.numel()
        if most < 0:
            break
        found |= guarded(step, "The gradient", functools.partial(_of_filters, parameter=parameter), lambda _: {})
    for step, parameter in _learned(trace, "bias").values():
        if parameter.gradient is not None:
            found[f"bias-gradient/{step.index}"] = laid.array(parameter.gradient.reshape(-1))
    return found


def derivatives(trace: "Trace") -> Buffers:
    """The slopes of what makes one number of one."""
    found: Buffers = {}
    for step in trace.steps:
        kept = step.attributes.get("keep_prob") == 1
        if step.gradient is not None and form_of(step) in ONE_OF_ONE and not kept:
            found |= guarded(step, "The derivative", _derivative, lambda _: {})
    return found


def strongest(steps: "Iterable[Step]") -> Buffers:
    """The largest products that each input gets back, of those among `steps` that multiply by a matrix.

    ``back-strongest/I`` [in, n], indices of outputs, with ``back-strongest-weight/I`` [in, n].
    """
    found: Buffers = {}
    for step in steps:
        if step.gradient is not None and form_of(step) == "matrix":
            found |= guarded(step, "The gradient", _strongest, lambda _: {})
    return found


def _strongest(step: "Step") -> Buffers:
    weight, gradient = step.weight, step.gradient
    assert weight is not None
    assert gradient is not None
    matrix, passed = laid.filters(step, weight), laid.maps(as_maps(gradient, step.layout)).reshape(-1)
    if matrix.shape[1] > MOST_INPUTS or len(passed) != len(matrix):
        return {}
    count = min(STRONGEST, len(matrix))
    order = np.argsort(-np.abs(matrix * passed[:, None]), axis=0, kind="stable")[:count].T
    chosen = np.ascontiguousarray(np.take_along_axis(matrix.T, order, 1))
    return {f"back-strongest/{step.index}": order.astype(np.uint32), f"back-strongest-weight/{step.index}": chosen}


def _gradient(step: "Step") -> "laid.Floats | None":
    gradient = step.gradient
    if gradient is None or gradient.is_complex() or gradient.shape != step.output.shape:
        return None
    return laid.maps(as_maps(gradient, step.layout))


def _derivative(step: "Step") -> Buffers:
    (slope,) = passed_back(step, torch.ones_like(step.output), step.origins[:1])
    found = laid.maps(as_maps(slope.reshape(step.output.shape), step.layout))
    return {} if _has_slopes(step, found) else {f"derivative/{step.index}": found}


def _has_slopes(step: "Step", found: laid.Floats) -> bool:
    """Whether the page finds the same slopes in the pieces that the function is made of."""
    pieces = functions.straight(step)
    before = laid.maps(step.origins[0].maps)
    if not pieces or before.shape != found.shape or len(pieces) not in (1, len(found)):
        return False
    alone = len(pieces) == 1
    for values, slopes, own in zip(*((before[None], found[None]) if alone else (before, found)), pieces, strict=True):
        ends, steep = (np.array([piece[i] for piece in own], np.float32) for i in (0, 1))
        at = np.minimum(np.searchsorted(ends, values, side="left"), len(own) - 1)
        if not np.array_equal(steep[at], slopes):
            return False
    return True


def _of_filters(step: "Step", parameter: "Parameter") -> Buffers:
    assert parameter.gradient is not None
    return {f"weight-gradient/{step.index}": laid.filters(step, parameter.gradient)}


def _learned(trace: "Trace", what: str = "weight") -> "dict[int, tuple[Step, Parameter]]":
    """Of every step that multiplies, or adds a bias, the parameter that it does so with."""
    if trace.way_back is None:
        return {}
    known = {id(parameter.value): parameter for parameter in trace.way_back.parameters.values()}
    pairs = ((step, known.get(id(getattr(step, what)))) for step in trace.steps if _uses(step, what))
    return {step.index: (step, found) for step, found in pairs if found is not None and found.gradient is not None}


def _uses(step: "Step", what: str) -> bool:
    if getattr(step, what) is None:
        return False
    return form_of(step) in MULTIPLIED if what == "weight" else form_of(step) in (*MULTIPLIED, "bias")


def _follows(trace: "Trace", step: "Step", parameter: "Parameter") -> bool:
    return form_of(step) == "matrix" and len(parameter.uses) == 1 and _pictures(trace) == 1


def _weights(trace: "Trace") -> dict[str, Any]:
    """By the step's number: the parameter's name, whether it can learn, and the other steps that share it."""
    if trace.way_back is None:
        return {}
    known = {id(parameter.value): parameter for parameter in trace.way_back.parameters.values()}
    told = {}
    for step in trace.steps:
        parameter = known.get(id(step.weight)) if _uses(step, "weight") else None
        if parameter is not None:
            others = [use.name for use in parameter.uses if use is not step]
            told[str(step.index)] = {
                "name": parameter.name,
                "learns": parameter.gradient is not None,
                "others": others,
            }
    return told


def _step(step: "Step") -> dict[str, Any]:
    return {
        "consumers": [consumer.index for consumer in step.consumers],
        "words": guarded(step, "The way back", lambda s: s.back_words(), lambda why: [why]),
        "size": guarded(step, "The gradient", lambda s: _size(s.gradient), lambda _: None),
    }


def _size(gradient: Tensor | None) -> dict[str, Any] | None:
    """How large a gradient is: the root of its mean square, its largest number, and how many are 0."""
    if gradient is None or not gradient.numel():
        return None
    sizes = gradient.abs().double()
    zeros = int((sizes == 0).sum())
    return {
        "mean": _number(size(gradient)),
        "most": _number(float(sizes.max())),
        "zeros": zeros,
        "count": sizes.numel(),
    }


def _label(trace: "Trace") -> dict[str, Any] | None:
    """The class that the loss compares the answer with; None where the loss is another."""
    target = _target(trace)
    if target is None:
        return None
    index = int(target[0])
    return {"index": index, "name": trace.classes[index] if index < len(trace.classes) else str(index)}


def _target(trace: "Trace") -> Tensor | None:
    """The right classes, one a picture, of a loss that is the cross-entropy of classes."""
    steps: Sequence[Step] = () if trace.way_back is None else trace.way_back.steps
    if not steps or steps[-1].op != "cross_entropy":
        return None
    call = steps[-1].call
    for value in (*call.arguments, *call.keywords.values()):
        if isinstance(value, Tensor) and not value.is_floating_point() and value.numel():
            return value.reshape(-1)
    return None


def _softmax(trace: "Trace") -> dict[str, Any] | None:
    """The step whose gradient is its softmax less 1 for the right class, over the pictures; None where it is not so."""
    target = _target(trace)
    if target is None or trace.way_back is None or len(trace.way_back.steps) != 1:
        return None
    taken = trace.way_back.steps[0].origins
    step = taken[0] if len(taken) == 1 else None
    if step is None or step.gradient is None or step.output.dim() != 2 or len(step.output) != len(target):
        return None
    right = F.one_hot(target, step.output.shape[1])
    found = (step.output.double().softmax(1) - right) / len(target)
    same = torch.allclose(found, step.gradient.double(), rtol=NEAR, atol=NEAR / len(target))
    return {"step": step.index, "pictures": len(target)} if same else None


def _pictures(trace: "Trace") -> int:
    """How many pictures the loss is of."""
    target = _target(trace)
    return 1 if target is None else len(target)


def _number(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)  # JSON has no word for infinity
