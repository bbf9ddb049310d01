"""Softmax: shares of a whole. Each value becomes e to its power, divided by the sum of all along a dimension.

Source of the definitions: https://pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html
"""

import math
from collections.abc import Iterator

import numpy as np

from fivebyfive.explain.fields import mixing
from fivebyfive.explain.figures import listed, short
from fivebyfive.explain.kind import Index, Kind, shape_of
from fivebyfive.explain.layout import Position
from fivebyfive.explain.step import Arithmetic, Step, Term
from fivebyfive.explain.sums import of_input
from fivebyfive.explain.terms import MOST_TERMS, line_of, places_of, tensor_of


def dimension(step: Step) -> int:
    """The dimension along which the shares add up to 1."""
    rank = len(shape_of(step.call.values["input"]))
    dim: int | None = step.call.values.get("dim")
    return (0 if rank in (0, 1, 3) else 1) if dim is None else dim % rank


def _sum(step: Step, index: Index, position: Position) -> Arithmetic:
    return of_input(step, _softmax(step, index, position))


def _softmax(step: Step, index: Index, position: Position) -> Arithmetic:
    operand = step.call.values["input"]
    values = tensor_of(operand)
    dim = dimension(step)
    row = line_of(values, index, dim)
    signed = -row if step.op == "softmin" else row
    powers = np.exp(signed - signed.max())
    shares = powers / powers.sum()
    own = index[dim]
    order = [own, *(int(i) for i in np.argsort(-shares, kind="stable") if i != own)]
    shown = order[:MOST_TERMS]
    places = places_of(operand, [(*index[:dim], i, *index[dim + 1 :]) for i in shown])
    terms = tuple(
        Term(float(row[i]), place, float(shares[i] / row[i]) if row[i] else 0.0, float(shares[i]))
        for i, place in zip(shown, places, strict=True)
    )
    logarithm = step.op == "log_softmax"
    denominator = float(powers.sum())
    total = float(signed[own] - signed.max() - math.log(denominator)) if logarithm else float(shares[own])
    minus = "−" if step.op == "softmin" else ""
    symbols = f"O[n,k] = e^({minus}I[n,k]) / Σ_q e^({minus}I[n,q])"
    symbols = "O[n,k] = ln(e^I[n,k] / Σ_q e^I[n,q])" if logarithm else symbols
    written = [f"e^{short(float(signed[i]))}" for i in order]
    figures = f"{written[0]} / ({listed(written, ' + ')}) = {short(float(shares[own]))}"
    figures = f"ln({figures.split(' = ')[0]}) = {short(total)}" if logarithm else figures
    rest = float(sum(shares[i] for i in order[MOST_TERMS:]))
    return Arithmetic(position, "softmax", terms, total, remainder=rest, remainder_count=len(order) - len(shown),
                      details={"denominator": denominator, "largest": float(signed.max())},
                      symbols=symbols, figures=figures)  # fmt: skip


def _words(step: Step) -> Iterator[str]:
    power = "e to the power of minus" if step.op == "softmin" else "e to the power of"
    yield f"Each value becomes {power} itself, divided by the sum of all of them: shares that add up to 1."
    if step.op == "log_softmax":
        yield "Of each share the logarithm is given."


def _back(step: Step) -> Iterator[str]:
    count = shape_of(step.call.values["input"])[dimension(step)]
    if step.op == "log_softmax":
        yield (
            "Each value gets its own gradient less its share times the sum of all gradients of its list: where one "
            "class is the right one, that is softmax minus label."
        )
    else:
        turned = ", with its sign turned, because of the minus" if step.op == "softmin" else ""
        yield (
            "Each value gets its share times how much its own gradient is above the mean of all, weighed by the shares"
            f"{turned}."
        )
    yield f"What goes back to a list of {count:,} adds up to 0: to push one up is to push others down."
    if step.op != "log_softmax":
        yield "A share near 0, or alone near 1, gets next to nothing: softmax is flat there."


KIND = Kind(
    name="activation",
    operations={"softmax log_softmax softmin": "input dim"},
    aliases={"special_softmax": "softmax", "special_log_softmax": "log_softmax"},
    field=mixing.softmax,
    sum=_sum,
    words=_words,
    back=_back,
)
