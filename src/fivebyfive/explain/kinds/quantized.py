"""Quantized layers: weights and values are small whole numbers q, which mean (q − zero point) · scale.

The layer adds up products of whole numbers; here each is shown as the number that it means. What comes out is rounded
to the output's own steps (`arithmetic.py`), or stays as it is where a layer quantizes its input by itself (dynamic).

Source: Jacob et al., Quantization and Training of Neural Networks, https://arxiv.org/abs/1712.05877
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fivebyfive.explain.fields import mixing, windows
from fivebyfive.explain.figures import short
from fivebyfive.explain.kind import OTHER, Called, Index, Kind
from fivebyfive.explain.layout import Position
from fivebyfive.explain.phrases import counted, tensor_shape
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.sums import function_of, of_input, weighted_sum
from fivebyfive.explain.terms import places_of, same_place, tensor_of

_CONVOLUTIONS = [f"quantized_conv{n}d{then}" for n in (1, 2, 3) for then in ("", "_relu")]
_LINEAR = ["quantized_linear", "quantized_linear_relu"]
_DYNAMIC = ["quantized_linear_dynamic", "quantized_linear_relu_dynamic"]


def _unpacked(op: str, packed: Any) -> tuple[Tensor, Tensor | None]:
    """The weights and the bias as the numbers that they mean."""
    name = op.removeprefix("quantized_").removesuffix("_dynamic").removesuffix("_relu")
    weight, bias = getattr(torch.ops.quantized, f"{name}_unpack")(packed)
    return weight.dequantize().double(), bias


def _multiplied(step: Step, x: Tensor, weight: Tensor) -> Tensor:
    """The layer without its bias."""
    if "conv" not in step.op:
        return torch.nn.functional.linear(x, weight)
    name, packed = step.op.removeprefix("quantized_").removesuffix("_relu"), step.call.values["packed"]
    stride, padding, dilation = (
        getattr(torch.ops.quantized, f"{name}_{what}")(packed)[-x.dim() + 2 :]
        for what in ("stride", "padding", "dilation")
    )
    groups = getattr(torch.ops.quantized, f"{name}_groups")(packed)
    convolve: Callable[..., Tensor] = getattr(torch.nn.functional, name.removeprefix("quantized_"))
    return convolve(x, weight, None, stride, padding, dilation, groups)


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    operand = step.call.values["input"]
    weight, bias = _unpacked(step.op, step.call.values["packed"])
    held = tensor_of(operand)
    used = _as_quantized(step, held)
    with torch.inference_mode(False), torch.enable_grad():
        x = used.double().clone().requires_grad_()
        (derivative,) = torch.autograd.grad(_multiplied(step, x, weight)[index], x)
    places = [tuple(int(i) for i in place) for place in derivative.nonzero()]
    values, weights, given = (np.array([float(t[place]) for place in places]) for t in (held, derivative, used))
    terms = tuple(
        Term(v, place, w, w * g)
        for v, w, g, place in zip(
            values.tolist(), weights.tolist(), given.tolist(), places_of(operand, places), strict=True
        )
    )
    channel = index[-1] if "linear" in step.op else index[1]
    b = None if bias is None else float(bias.detach()[channel])
    found = weighted_sum(position, terms, b, "O = Σ I · W, whole numbers times their scales" + " + b" * (b is not None))
    return of_input(step, _without_negative(step, found))


def _as_quantized(step: Step, values: Tensor) -> Tensor:
    """What a dynamic layer makes of its input: whole numbers, between its smallest and its largest value."""
    if step.op not in _DYNAMIC:
        return values
    reduced = bool(step.call.values.get("reduce_range", False))
    return torch.quantize_per_tensor_dynamic(values.float(), torch.quint8, reduced).dequantize()


def _without_negative(step: Step, found: Arithmetic) -> Arithmetic:
    if "relu" not in step.op or found.total > 0:
        return found
    return function_of(found.position, found.terms, 0.0, f"max(0, {short(found.total)}), Σ I · W + b being negative")


def _words(step: Step) -> Iterator[str]:
    weight, _ = _unpacked(step.op, step.call.values["packed"])
    yield f"A quantized layer of {counted(weight.shape[0], 'output')}: products of whole numbers are added up."
    if step.op in _DYNAMIC:
        yield "Its input is rounded to 256 steps, or 128, between the smallest and the largest value."
    else:
        yield f"What comes out is rounded to steps of {step.output.q_scale():.4g}: {tensor_shape(step)}."


def _cost(called: Called, output: Tensor, learned: Callable[[Any], bool]) -> int:
    del learned
    weight, bias = _unpacked(called.op, called.values["packed"])
    places = output.numel() // max(weight.shape[0], 1)
    return (weight.numel() + (0 if bias is None else bias.numel())) * places


def _called(called: Called, origins: Any, output: Tensor) -> str:
    del origins, output
    return "convolution" if "conv" in called.op else "fully connected"


def _value(step: Step, index: Index, position: Position) -> Arithmetic:
    term = same_place(step, "input", index)
    if step.op == "int_repr":
        held = step.call.values["input"].output
        total = round(term.value / held.q_scale()) + held.q_zero_point()
        return function_of(position, (term,), float(total), "I / scale + zero point")
    return function_of(position, (term,), term.value, "I, rounded to steps of the scale")


def _value_words(step: Step) -> Iterator[str]:
    if step.op == "int_repr":
        yield f"The whole numbers that the values are kept as: {tensor_shape(step)}."
        return
    yield f"The values become whole numbers of 8 bits, which mean steps of a scale: {tensor_shape(step)}."


KINDS = (
    Kind(
        name=OTHER,
        operations={
            " ".join([*_CONVOLUTIONS, *_LINEAR]): "input packed scale zero_point",
            " ".join(_DYNAMIC): "input packed reduce_range",
        },
        called=_called,
        cost=_cost,
        field={" ".join(_CONVOLUTIONS): windows.convolved, " ".join([*_LINEAR, *_DYNAMIC]): mixing.linear},
        sum=_sum,
        words=_words,
    ),
    Kind(
        name=OTHER,
        operations={
            "quantize_per_tensor": "input scale zero_point dtype",
            "quantize_per_tensor_dynamic": "input dtype reduce_range",
            "int_repr": "input",
        },
        field=mixing.same,
        sum=_value,
        words=_value_words,
    ),
)
