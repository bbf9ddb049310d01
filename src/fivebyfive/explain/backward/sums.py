"""A gradient as a sum: over every later value that hangs on the one that is asked about.

Each term is the gradient there times how much that value grows with this one. What they add up to is compared with
what autograd says, which saw the whole network at once.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.explain.backward.local import Operand, column, one_hot, passed_on
from fivebyfive.explain.figures import sum_figures
from fivebyfive.explain.layout import Position, index_of, positions_of
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.terms import HALVES, MOST_WINDOW, added, tensor_of

ROUNDING = 1e-3
"""Autograd adds up in the network's own precision: its number may differ by this part of the terms' sizes."""
ROUNDING_OF_HALVES = 0.05


def back(step: Step, position: Position, picture: int = 0) -> Arithmetic:
    """How the loss's gradient at `position` of the step's output came about.

    Raises:
        InputError: the way back was not traced, does not reach the step, or cannot be followed.
    """
    if step.gradient is None:
        raise InputError(why_none(step))
    index = _place(step, position, picture)
    symbols = " + ".join(_chain(step.name, consumer.name) for consumer in _reached(step))
    whole = f"∂L/∂{step.name} = {symbols or 0}"
    if step.attributes.get("loss"):
        return Arithmetic(position, "sum", (), 1.0, symbols="∂L/∂L = 1", figures="1")
    if not step.consumers:
        raise InputError(f"what took {step.name} runs where Python cannot watch; its gradient is there all the same")
    taken = [Taken(consumer, step, index) for consumer in step.consumers]
    return gradient_sum(step.name, taken, position, float(step.gradient[index].real), step.gradient, whole)


@dataclass(frozen=True)
class Taken:
    """A later step, and the value that it took: which of its operands, and where in it."""

    by: Step
    operand: Operand
    index: tuple[int, ...]


def gradient_sum(
    name: str, taken: Sequence[Taken], position: Position, said: float, gradient: Tensor, symbols: str
) -> Arithmetic:
    """The sum over all that was made of a value by the steps that took it.

    Args:
        said: autograd's gradient of the value.
        gradient: autograd's, of the whole tensor that the value is in.

    Raises:
        InputError: the sum is not what autograd says, because code with a backward of its own stands between.
    """
    halved = any(dtype in HALVES for dtype in (gradient.dtype, *(one.by.output.dtype for one in taken)))
    for way in (_directly, _as_autograd, _through):
        terms, left = way(taken)
        products = [*(term.product for term in terms), *left]
        total = added(products)
        if _agrees(total, said, products, gradient, halved):
            break
    else:
        raise InputError(
            f"autograd's gradient of {name} here is {said:.4g}, and what comes back adds up to {total:.4g}: code "
            "with a backward of its own stands between"
        )
    figures = sum_figures(terms, None, total, added(left), len(left))
    details = {"gradient": said}
    return Arithmetic(position, "sum", tuple(terms), total, None, added(left), len(left), details=details,
                      symbols=symbols, figures=figures)  # fmt: skip


Found = tuple[list[Term], list[float]]


def _directly(taken: Sequence[Taken], as_autograd: bool = False) -> Found:
    """The terms of all that took the value, each step differentiated alone."""
    reached = [one for one in taken if one.by.gradient is not None]
    found = [_terms(one.by, column(one.by, one.operand, one.index, as_autograd=as_autograd)) for one in reached]
    return [term for terms, _ in found for term in terms], [number for _, left in found for number in left]


def _as_autograd(taken: Sequence[Taken]) -> Found:
    """The same by each step's own way back, which decides otherwise where a function has an edge."""
    return _directly(taken, as_autograd=True)


def _through(taken: Sequence[Taken]) -> Found:
    """The same through the steps within a function that has a backward of its own: autograd sees only its result."""
    operands = {id(one.operand): one.operand for one in taken}
    changes = {id(one.operand): one_hot(tensor_of(one.operand), one.index) for one in taken}
    waiting = {one.by.index: one.by for one in taken}
    terms: list[Term] = []
    left: list[float] = []
    while waiting:
        step = waiting.pop(min(waiting))
        given = list({id(one): one for one in (*operands.values(), *step.origins) if id(one) in changes}.values())
        change = passed_on(step, given, [changes[id(one)] for one in given])
        if step.gradient is None:
            changes[id(step)] = change
            waiting |= {consumer.index: consumer for consumer in step.consumers}
        else:
            found, rest = _terms(step, change)
            terms += found
            left += rest
    return terms, left


def _agrees(total: float, said: float, products: Sequence[float], gradient: Tensor, halved: bool) -> bool:
    """Whether a total is autograd's number but for rounding: of the terms, and within a step, of the largest there."""
    if not math.isfinite(total):
        return True
    near = ROUNDING_OF_HALVES if halved else ROUNDING
    sizes = added(abs(product) for product in products)
    about = torch.finfo(gradient.dtype)
    largest = float(gradient.abs().nan_to_num(0, 0, 0).max())
    return abs(total - said) <= near * max(sizes, abs(said)) + about.eps * largest + about.tiny


def why_none(step: Step) -> str:
    """Why a step has no gradient, in one sentence."""
    if not step.consumers:
        return f"the way back of {step.name} was not traced; give explain a label, or a loss"
    if not step.output.is_floating_point() and not step.output.is_complex():
        return f"{step.name} holds whole numbers ({str(step.output.dtype).removeprefix('torch.')}), which have no slope"
    return f"no gradient reaches {step.name}: the loss does not depend on it, or the code cuts it off (detach, no_grad)"


def _reached(step: Step) -> list[Step]:
    return [consumer for consumer in step.consumers if consumer.gradient is not None]


def _chain(name: str, later: str) -> str:
    return f"Σ ∂L/∂{later} · ∂{later}/∂{name}"


def _place(step: Step, position: Position, picture: int) -> tuple[int, ...]:
    index = index_of(position, step.output_shape, step.layout)
    at = batch_of(step.layout)
    pictures = 1 if at is None else step.output_shape[at]
    if not 0 <= picture < pictures:
        raise InputError(f"picture is {picture}; {step.name} has {pictures}, from 0 to {pictures - 1}")
    return index if at is None else (*index[:at], picture, *index[at + 1 :])


def batch_of(layout: str) -> int | None:
    """Which dimension counts the pictures; None where none does."""
    letters = "NC" if layout == "flat" else layout
    return letters.index("N") if letters != "other" and "N" in letters else None


def _terms(step: Step, grows: Tensor) -> tuple[list[Term], list[float]]:
    """A term for each value of the step that grows with the one that is asked about; the products beyond so many."""
    assert step.gradient is not None
    used = grows != 0
    places = used.nonzero()
    weights, values = _numbers(grows[used]), _numbers(step.gradient[used])
    products = (weights * values.conj()).real
    kept = np.arange(len(products))
    if len(products) > MOST_WINDOW:
        kept = np.sort(np.argsort(-np.abs(products), kind="stable")[:MOST_WINDOW])
    rest = np.delete(products, kept).tolist()
    at, chosen = batch_of(step.layout), places.cpu().numpy()[kept]
    pictures = np.zeros(len(kept), np.int64) if at is None else chosen[:, at]
    columns = (
        _sizes(values[kept]), positions_of(chosen, step.output_shape, step.layout), _sizes(weights[kept]),
        products[kept].tolist(), pictures.tolist(),
    )  # fmt: skip
    terms = [
        Term(value, position, weight, product, name=step.name, step=step.index, picture=picture)
        for value, position, weight, product, picture in zip(*columns, strict=True)
    ]
    return terms, rest


def _numbers(values: Tensor) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = (
        values.detach().to("cpu", torch.complex128 if values.is_complex() else torch.float64).numpy()
    )
    return found


def _sizes(values: npt.NDArray[Any]) -> list[float]:
    """The numbers; of complex ones how far each is from 0."""
    found: list[float] = (np.abs(values) if np.iscomplexobj(values) else values).tolist()
    return found
