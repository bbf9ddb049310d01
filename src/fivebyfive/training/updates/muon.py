"""This project's Muon: the momentum's matrix, made orthogonal, times the rate.

A rule of whole matrices: one entry of the orthogonal matrix depends on all gradients of its layer, so the chain names
it and does not add it up. The source is that of `training/muon.py`.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from fivebyfive.training.muon import as_matrix, as_weights, orthogonal
from fivebyfive.training.updates import parts
from fivebyfive.training.updates.values import Moved, Settings, Values, root
from fivebyfive.training.updates.written import Quantity, exact, given, in_place, shown, times, written


def moved(
    parameter: Tensor, gradient: Tensor, state: Mapping[str, Any], settings: Settings, inputs_first: bool
) -> Moved:
    """The step on copies, in the order of Muon's operations."""
    old = state["momentum"].clone() if state else torch.zeros_like(parameter)
    mean = old.clone().lerp_(gradient, 1.0 - settings.momentum)
    ahead = gradient.lerp(mean, settings.momentum)
    turned = orthogonal(as_matrix(ahead, inputs_first))
    scaled = as_weights(turned * max(1.0, settings.rows / settings.columns) ** 0.5, ahead.shape, inputs_first)
    weight = parameter.clone().mul_(1.0 - settings.lr * settings.weight_decay).sub_(scaled, alpha=settings.lr)
    return Moved(weight, {"m": old}, {"m": mean}, as_weights(turned, ahead.shape, inputs_first))


def quantities(values: Values, settings: Settings) -> list[Quantity]:
    """g → m′ → n → o → Δ → w′."""
    g, momentum, old = values.gradient, settings.momentum, values.old.m or 0.0
    m = momentum * old + (1 - momentum) * g if values.new is None or values.new.m is None else values.new.m
    n = (1 - momentum) * g + momentum * m
    factor, rate, o = root(max(1.0, settings.rows / settings.columns)), settings.lr, values.turned
    decay = parts.decay(values, settings)
    step = written("step", "Δ", "−η·f·o", f"−{times(rate, factor, o)}", -rate * factor * o)
    return [
        given("gradient", "g", "g = ∂loss/∂w", g),
        written("momentum", "m′", "μ·m + (1 − μ)·g", f"{times(momentum, old)} + {times(1 - momentum, g)}", m),
        written("look ahead", "n", "(1 − μ)·g + μ·m′", f"{times(1 - momentum, g)} + {times(momentum, m)}", n),
        given("entry of the orthogonal matrix", "o", "o = orthogonal(N)ᵢⱼ", o),
        written("factor of its shape", "f", "√(max(1, rows/columns))", _shape(settings), factor),
        *decay,
        step,
        parts.weight(values, [*decay, step]),
    ]


def _shape(settings: Settings) -> str:
    return f"√(max(1, {settings.rows}/{settings.columns}))"


def words(chain: list[Quantity], _: Values, settings: Settings) -> tuple[str, ...]:
    """What the orthogonal matrix means for this weight."""
    rows, columns = settings.rows, settings.columns
    n, o, f = (in_place(chain, symbol) for symbol in "nof")
    usual = root(1 / max(rows, columns))
    against = n * o < 0
    return (
        f"All {rows} × {columns} entries n are made orthogonal together: every direction of their matrix becomes "
        f"equally long, about 1, so rare features step as far as common ones.",
        f"An entry of such a matrix is usually about {shown(usual, 2)}; this one is {shown(o, 3)}, and the step "
        f"{shown(abs(f * o), 3)} of the rate, {exact(settings.lr)}"
        + (f": against its own n = {shown(n, 3)}, for the sake of the others." if against else "."),
    )
