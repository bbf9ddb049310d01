"""An operation run again in double precision, on copies of what it took.

It shows by its own derivatives which values an output value hangs on, and of a linear operation with which weights.
That gives a sum to operations whose definition would otherwise have to be written a second time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fivebyfive.explain.figures import listed, short
from fivebyfive.explain.given import mapped, named_tensors
from fivebyfive.explain.kind import Index
from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.sums import weighted_sum
from fivebyfive.explain.terms import (
    HALVES,
    MOST_TERMS,
    MOST_WINDOW,
    Doubles,
    added,
    largest,
    magnitude,
    places_of,
    sizes,
    tensor_of,
    which_input,
)


@dataclass(frozen=True)
class Replay:
    """What an operation took and gave when it ran again.

    Attributes:
        operands: the steps and constant tensors among its arguments, in order.
        copies: the doubles that stood for them.
        results: every tensor that came out.
    """

    operands: list[Any]
    copies: list[Tensor]
    results: list[Tensor]

    def derivatives(self, value: Tensor) -> list[Tensor | None]:
        """Of `value`, a single number, by each operand; None where it does not depend on one smoothly.

        Of a complex number the sizes of the derivatives of its parts, added up.
        """
        asked = [copy for copy in self.copies if copy.requires_grad]
        if not value.requires_grad or not asked:
            return [None] * len(self.copies)
        parts = [value.real, value.imag] if value.is_complex() else [value]
        each = [torch.autograd.grad(part, asked, retain_graph=True, allow_unused=True) for part in parts]
        found = iter(_together([by_part[i] for by_part in each]) for i in range(len(asked)))
        return [next(found) if copy.requires_grad else None for copy in self.copies]


def _together(derivatives: Sequence[Tensor | None]) -> Tensor | None:
    there = [derivative for derivative in derivatives if derivative is not None]
    if len(there) < 2:
        return there[0] if there else None
    return torch.stack([derivative.abs() for derivative in there]).sum(0)


def replay(step: Step, constants: Sequence[Any] = (), fixed: Sequence[Any] = (), *, rounded: bool = True) -> Replay:
    """Run the step's operation again on doubles; nothing that was captured is changed by it.

    Args:
        constants: those whose derivatives are asked for too, besides the steps'.
        fixed: operands that PyTorch has no derivatives for, although they are numbers.
        rounded: what ``autocast`` multiplied in half precision is rounded to it first.
    """
    operands: list[Any] = []
    copies: list[Tensor] = []

    def put(value: Any) -> Any:
        if isinstance(value, (Step, Tensor)):
            copy = _copy(value, step, rounded)
            smooth = copy.is_floating_point() or copy.is_complex()
            asked = not step.origins or isinstance(value, Step) or any(value is one for one in constants)
            copy.requires_grad_(smooth and asked and not any(value is one for one in fixed))
            operands.append(value)
            copies.append(copy)
            return copy.clone() if step.attributes.get("inplace") else copy
        return torch.float64 if isinstance(value, torch.dtype) and value.is_floating_point else value

    assert step.call.function is not None
    with torch.inference_mode(False), torch.enable_grad():
        arguments = mapped(step.call.arguments, put)
        keywords = mapped({name: value for name, value in step.call.keywords.items() if name != "out"}, put)
        result = step.call.function(*arguments, **keywords)
    return Replay(operands, copies, [tensor for _, tensor in named_tensors(result)])


def _copy(value: Any, step: Step, rounded: bool) -> Tensor:
    tensor = tensor_of(value)
    if tensor.is_complex():
        return tensor.to(torch.complex128, copy=True)
    if not tensor.is_floating_point():
        return tensor.clone()
    halved = rounded and step.output.dtype in HALVES
    return tensor.to(step.output.dtype if halved else tensor.dtype).to(torch.float64, copy=True)


def value_at(step: Step, again: Replay, index: Index) -> Tensor:
    """The step's value at a place as it came out again, of the one of the results that the step is."""
    with torch.enable_grad():
        return again.results[int(step.attributes.get("part", 0))][index]


def linear_sum(step: Step, index: Index, position: Position, symbols: str, operands: Sequence[Any] = (),
               bias: float | None = None, most: int = MOST_WINDOW) -> Arithmetic:  # fmt: skip
    """A weighted sum of the operands that the operation is linear in together, with its derivatives as weights.

    Args:
        operands: those; of an operation that is linear in each operand alone, () for the first that is a step's.
    """
    again = replay(step, operands)
    derivatives = again.derivatives(value_at(step, again, index))
    wanted = list(operands) or [_first(again, derivatives)]
    terms: list[Term] = []
    left, count = 0.0, 0
    for operand, copy, derivative in zip(again.operands, again.copies, derivatives, strict=True):
        if derivative is None or not any(operand is one for one in wanted):
            continue
        if not operands:
            wanted = []  # linear in the first one alone
        used = derivative != 0
        found, rest, more = _largest(operand, sizes(copy[used]), sizes(derivative[used]), used, most)
        which = which_input(step, operand)
        terms += [Term(t.value, t.position, t.weight, t.product, input=which) for t in found]
        left, count = left + rest, count + more
    return weighted_sum(position, tuple(terms), bias, symbols, "sum", left, count)


def _first(again: Replay, derivatives: Sequence[Tensor | None]) -> Any:
    """The first operand that is a step's; where there is none, the first at all."""
    smooth = [o for o, d in zip(again.operands, derivatives, strict=True) if d is not None]
    return next((operand for operand in smooth if isinstance(operand, Step)), smooth[0] if smooth else None)


def function_value(step: Step, index: Index, position: Position, symbols: str, fixed: Sequence[Any] = ()) -> Arithmetic:
    """A function of the values that the output value hangs on, where no weights say how.

    Args:
        fixed: operands that PyTorch has no derivatives for; they are not among the terms.
    """
    again = replay(step, fixed=fixed)
    result = value_at(step, again, index)
    terms: list[Term] = []
    left, count = 0.0, 0
    for operand, used in _by_operand(again, again.derivatives(result)):
        values = sizes(tensor_of(operand)[used])
        found, rest, more = _largest(operand, values, np.ones(len(values)), used, MOST_WINDOW)
        which = which_input(step, operand)
        terms += [Term(t.value, t.position, 1.0, t.value, input=which) for t in found]
        left, count = left + rest, count + more
    total = magnitude(result)
    figures = f"of {listed([short(t.value) for t in terms])}: {_written(result)}"
    return Arithmetic(position, "function", tuple(terms), total, remainder=left, remainder_count=count,
                      details=_phase(result), symbols=f"O = {symbols}", figures=f"{symbols}, {figures}")  # fmt: skip


def _by_operand(again: Replay, derivatives: Sequence[Tensor | None]) -> list[tuple[Any, Tensor]]:
    """Each operand once, with what it hangs on: the steps; constants where there are no steps."""
    found: dict[int, tuple[Any, Tensor]] = {}
    for operand, derivative in zip(again.operands, derivatives, strict=True):
        if derivative is not None:
            before = found.get(id(operand))
            used = derivative != 0
            found[id(operand)] = (operand, used if before is None else used | before[1])
    steps = [pair for pair in found.values() if isinstance(pair[0], Step)]
    return steps or list(found.values())


def _written(value: Tensor) -> str:
    """A number; a complex one with its magnitude and phase."""
    if not value.is_complex():
        return f"{short(float(value))}"
    real, imaginary = float(value.real), float(value.imag)
    sign = "−" if imaginary < 0 else "+"
    return f"|{short(real)} {sign} {short(abs(imaginary))}i| = {short(magnitude(value))}"


def _phase(value: Tensor) -> dict[str, float | str | bool]:
    """Of a complex number the angle, in radians, and its two parts."""
    if not value.is_complex():
        return {}
    return {"phase": float(value.angle()), "real": float(value.real), "imaginary": float(value.imag)}


def _largest(
    operand: Any, values: Doubles, weights: Doubles, used: Tensor, most: int
) -> tuple[tuple[Term, ...], float, int]:
    """The terms of the values that are used; of very many only as many as are listed get their places."""
    products = values * weights
    order = np.argsort(-np.abs(products), kind="stable") if most == MOST_TERMS else np.arange(len(products))
    listed_, rest = order[:most], order[most:]
    places = places_of(operand, [tuple(place) for place in used.nonzero()[torch.from_numpy(listed_)].tolist()])
    terms, _, _ = largest(values[listed_], weights[listed_], places, most)
    return terms, added(products[rest].tolist()), len(rest)
