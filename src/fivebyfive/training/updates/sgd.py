"""SGD: the rate times the gradient, or times a momentum that gradients add up to.

Source: I. Sutskever et al., On the importance of initialization and momentum in deep learning, 2013; with momentum,
dampening and Nesterov's look ahead as in torch.optim.SGD.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from fivebyfive.training.updates import parts
from fivebyfive.training.updates.values import Moved, Settings, Values, divided
from fivebyfive.training.updates.written import Quantity, bracketed, exact, given, in_place, shown, times, written


def moved(parameter: Tensor, gradient: Tensor, state: Mapping[str, Any], settings: Settings) -> Moved:
    """The step on copies, in PyTorch's own order of operations."""
    weight, buffer = parameter.clone(), state.get("momentum_buffer")
    old = {} if buffer is None or not settings.momentum else {"m": buffer.clone()}
    if settings.fused:
        return _fused(weight, gradient.clone(), old, settings)
    direction = -gradient if settings.maximize else gradient
    if settings.weight_decay:
        direction = direction.add(weight, alpha=settings.weight_decay)
    new = {}
    if settings.momentum:
        m = direction.clone()
        if old:
            m = old["m"].clone().mul_(settings.momentum).add_(direction, alpha=1 - settings.dampening)
        new["m"] = m
        direction = direction.add(m, alpha=settings.momentum) if settings.nesterov else m
    return Moved(weight.add_(direction, alpha=-settings.lr), old, new)


def _fused(weight: Tensor, gradient: Tensor, old: Mapping[str, Tensor], settings: Settings) -> Moved:
    """By the kernel: where it rounds, the compiler chose that made it (see `adam.py`)."""
    m = old["m"].clone() if old else torch.empty_like(gradient)
    torch._fused_sgd_(
        [weight],
        [gradient],
        [m] if settings.momentum else [],
        weight_decay=settings.weight_decay,
        momentum=settings.momentum,
        lr=settings.lr,
        dampening=settings.dampening,
        nesterov=settings.nesterov,
        maximize=settings.maximize,
        is_first_step=bool(settings.momentum) and not old,
    )
    return Moved(weight, old, {"m": m} if settings.momentum else {})


def quantities(values: Values, settings: Settings) -> list[Quantity]:
    """g → m′ → Δ → w′."""
    chain = parts.gradient(values, settings)
    if settings.momentum:
        chain += _momentum(chain[-1], values, settings)
    followed = chain[-1]
    rate = settings.lr
    step = written("step", "Δ", f"−η·{followed.symbol}", f"−{times(rate, followed.value)}", -rate * followed.value)
    return [*chain, step, parts.weight(values, [step])]


def _momentum(followed: Quantity, values: Values, settings: Settings) -> list[Quantity]:
    d, symbol, momentum = followed.value, followed.symbol, settings.momentum
    chain = [_first(followed) if values.old.m is None else _next(followed, values.old.m, settings)]
    if values.new and values.new.m is not None:
        chain = [dataclasses.replace(chain[0], value=values.new.m)]
    if settings.nesterov:
        m = chain[0].value
        figures = f"{shown(d)} + {times(momentum, m)}"
        chain.append(written("look ahead", "n", f"{symbol} + μ·m′", figures, d + momentum * m))
    return chain


def _first(followed: Quantity) -> Quantity:
    """Momentum begins as the gradient, undampened."""
    return given("momentum", "m′", f"m′ = {followed.symbol}", followed.value)


def _next(followed: Quantity, old: float, settings: Settings) -> Quantity:
    d, symbol, share = followed.value, followed.symbol, 1 - settings.dampening
    before, value = times(settings.momentum, old), settings.momentum * old + share * d
    if settings.dampening:
        return written("momentum", "m′", f"μ·m + (1 − τ)·{symbol}", f"{before} + {times(share, d)}", value)
    return written("momentum", "m′", f"μ·m + {symbol}", f"{before} + {bracketed(d)}", value)


def words(chain: list[Quantity], values: Values, settings: Settings) -> tuple[str, ...]:
    """Why the step is as long as it is."""
    g = next(q for q in reversed(chain) if q.symbol in "gd")
    first = f"The step is the gradient times the rate, {exact(settings.lr)}: twice the gradient makes twice the step."
    if g.value == 0 and not settings.momentum:
        return ("The gradient is 0: this weight stays as it is.",)
    if not settings.momentum:
        return (first,)
    m = in_place(chain, "m′")
    if not values.old.m:
        return (first, "There is no momentum yet: it begins as this gradient.")
    if g.value * values.old.m < 0:
        way = "still carries the step the old way" if g.value * m < 0 else "has turned with it, and is shorter for it"
        return (f"The gradient points against the momentum so far, {shown(values.old.m)}; the momentum {way}.",)
    if g.value == 0:
        return ("The gradient is 0: the momentum carries the weight on by itself.",)
    ratio = abs(divided(m, g.value))
    return (f"The gradients before point the same way: the momentum is {shown(ratio, 3)} times this gradient.",)
