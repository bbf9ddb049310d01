"""Adam and AdamW: the mean of the gradients over the root of the mean of their squares, times the rate.

The plain kernels (for-loop, foreach) are PyTorch's operations one after another, and so is `moved`. The fused kernel
multiplies and adds in one rounding here and in two there, as the compiler chose that made PyTorch: differently in a
vector and in what is left over at a thread's end. No formula says that, so for `fused=True` the kernel itself is run,
on copies. The numbers between (m̂, v̂ and the step) are worked out in doubles from the optimizer's own m and v.

Sources: D. Kingma and J. Ba, Adam: a method for stochastic optimization, 2015; I. Loshchilov and F. Hutter, Decoupled
weight decay regularization, 2019 (AdamW); S. Reddi et al., On the convergence of Adam and beyond, 2018 (AMSGrad).
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from fivebyfive.errors import InputError
from fivebyfive.training.updates import parts
from fivebyfive.training.updates.values import Moved, Settings, Values, divided, root
from fivebyfive.training.updates.written import Quantity, exact, in_place, shown, times, written

KEPT = {"m": "exp_avg", "v": "exp_avg_sq", "largest": "max_exp_avg_sq"}
"""What PyTorch calls them."""


def step_of(state: Mapping[str, Any]) -> int:
    """The number of the step to come, from 1."""
    return int(state.get("step", 0)) + 1


def moved(parameter: Tensor, gradient: Tensor, state: Mapping[str, Any], settings: Settings) -> Moved:
    """The step on copies, in PyTorch's own order of operations."""
    names = [name for name in KEPT if name != "largest" or settings.amsgrad]
    lacking = [KEPT[name] for name in names if state and KEPT[name] not in state]
    if lacking:
        raise InputError(f"the optimizer's state has no {lacking[0]}; load one that was saved with the same settings")
    old = {name: state[KEPT[name]].clone() if state else torch.zeros_like(parameter) for name in names}
    new = {name: tensor.clone() for name, tensor in old.items()}
    weight, step = parameter.clone(), float(step_of(state))
    if settings.fused:
        _fused(weight, gradient.clone(), new, step, settings)
    else:
        _plain(weight, gradient, new, step, settings)
    return Moved(weight, old, new)


def _plain(weight: Tensor, gradient: Tensor, new: Mapping[str, Tensor], step: float, settings: Settings) -> None:
    beta1, beta2 = settings.betas
    direction = -gradient if settings.maximize else gradient
    if settings.weight_decay and settings.decoupled:
        weight.mul_(1 - settings.lr * settings.weight_decay)
    elif settings.weight_decay:
        direction = direction.add(weight, alpha=settings.weight_decay)
    new["m"].lerp_(direction, 1 - beta1)
    new["v"].mul_(beta2).addcmul_(direction, direction, value=1 - beta2)
    square = new["v"]
    if settings.amsgrad:
        square = torch.maximum(new["largest"], square, out=new["largest"])
    below = (square.sqrt() / (1 - beta2**step) ** 0.5).add_(settings.eps)
    weight.addcdiv_(new["m"], below, value=-(settings.lr / (1 - beta1**step)))


def _fused(weight: Tensor, gradient: Tensor, new: Mapping[str, Tensor], step: float, settings: Settings) -> None:
    kernel = torch._fused_adamw_ if settings.decoupled else torch._fused_adam_
    kernel(
        [weight],
        [gradient],
        [new["m"]],
        [new["v"]],
        [new["largest"]] if settings.amsgrad else [],
        [torch.tensor(step, device=weight.device)],
        lr=settings.lr,
        beta1=settings.betas[0],
        beta2=settings.betas[1],
        weight_decay=settings.weight_decay,
        eps=settings.eps,
        amsgrad=settings.amsgrad,
        maximize=settings.maximize,
    )


def quantities(values: Values, settings: Settings) -> list[Quantity]:
    """g → m′, v′ → m̂, v̂ → r → Δ → w′."""
    chain = parts.gradient(values, settings)
    chain += _means(chain[-1], values, settings)
    chain += _corrected(chain, values.step or 1, settings)
    m, v = chain[-2].value, chain[-1].value
    figures = f"{shown(m)}/(√({shown(v)}) + {exact(settings.eps)})"
    share = written("share of the rate", "r", "m̂/(√v̂ + ε)", figures, divided(m, root(v) + settings.eps))
    rate = settings.lr
    step = written("step", "Δ", "−η·r", f"−{times(rate, share.value)}", -rate * share.value)
    decay = parts.decay(values, settings)
    return [*chain, share, *decay, step, parts.weight(values, [*decay, step])]


def _means(followed: Quantity, values: Values, settings: Settings) -> list[Quantity]:
    (beta1, beta2), d, symbol, old, new = settings.betas, followed.value, followed.symbol, values.old, values.new
    m, v = old.m or 0.0, old.v or 0.0
    m_figures = f"{times(beta1, m)} + {times(1 - beta1, d)}"
    v_figures = f"{times(beta2, v)} + {times(1 - beta2, d)}²"
    m_value = beta1 * m + (1 - beta1) * d if new is None or new.m is None else new.m
    v_value = beta2 * v + (1 - beta2) * d * d if new is None or new.v is None else new.v
    chain = [
        written("mean", "m′", f"β₁·m + (1 − β₁)·{symbol}", m_figures, m_value),
        written("mean of squares", "v′", f"β₂·v + (1 − β₂)·{symbol}²", v_figures, v_value),
    ]
    if settings.amsgrad:
        before = old.largest or 0.0
        largest = max(before, v_value) if new is None or new.largest is None else new.largest
        figures = f"max({shown(before)}, {shown(v_value)})"
        chain.append(written("largest mean of squares", "a′", "max(a, v′)", figures, largest))
    return chain


def _corrected(chain: list[Quantity], step: int, settings: Settings) -> list[Quantity]:
    """m̂ and v̂: both means began at 0, and are too small by a factor that is known."""
    (beta1, beta2), square = settings.betas, chain[-1]
    m = in_place(chain, "m′")
    return [
        written(
            "mean, corrected",
            "m̂",
            "m′/(1 − β₁ᵗ)",
            f"{shown(m)}/(1 − {exact(beta1)}^{step})",
            divided(m, 1 - beta1**step),
        ),
        written(
            "mean of squares, corrected",
            "v̂",
            f"{square.symbol}/(1 − β₂ᵗ)",
            f"{shown(square.value)}/(1 − {exact(beta2)}^{step})",
            divided(square.value, 1 - beta2**step),
        ),
    ]


def words(chain: list[Quantity], values: Values, settings: Settings) -> tuple[str, ...]:
    """Why the step is as long as it is."""
    m, v, r = (in_place(chain, symbol) for symbol in ("m̂", "v̂", "r"))
    d, step = next(q.value for q in reversed(chain) if q.symbol in "gd"), values.step or 1
    if m == 0:
        return ("The mean of the gradients is 0: the step is 0.",)
    reason = _first(root(v), settings.eps) if step == 1 else _reason(d, values.old.m or 0.0, m, root(v), settings)
    sentences = [f"The step is the rate, {exact(settings.lr)}, times {shown(abs(r), 3)}: {reason}."]
    if settings.amsgrad and (values.old.largest or 0.0) > in_place(chain, "v′"):
        sentences.append("The mean of squares was larger before, and AMSGrad divides by the largest.")
    longer = divided(root(1 - settings.betas[1] ** step), 1 - settings.betas[0] ** step)
    if step > 1 and not 0.9 <= longer <= 1.1:
        sentences.append(
            f"Both means began at 0, {step} steps ago; without the correction the step would be "
            f"{shown(divided(1, longer), 3)} times as long."
        )
    return tuple(sentences)


def _first(size: float, eps: float) -> str:
    """Of the first step's share, |g|/(|g| + ε)."""
    if eps > size / 9:
        return _held_back(size, eps)
    return f"in the first step m̂ is the gradient itself and √v̂ its size, {shown(size, 3)}, which cancels out"


def _held_back(size: float, eps: float) -> str:
    return f"the gradients are so small, √v̂ = {shown(size, 3)}, that ε = {exact(eps)} holds it back"


def _reason(d: float, m_before: float, m: float, size: float, settings: Settings) -> str:
    """Of the share |m̂|/(√v̂ + ε), later."""
    turned = m_before * d < 0
    parts_of_mean = sorted((settings.betas[0] * abs(m_before), (1 - settings.betas[0]) * abs(d)))
    cancelling = turned and parts_of_mean[0] > 0.1 * parts_of_mean[1]
    if settings.eps > size / 9:
        return _held_back(size, settings.eps)
    if abs(m) > 1.1 * size:
        return f"the gradients that m̂ remembers best are larger than those that √v̂ = {shown(size, 3)} does"
    if abs(m) >= 0.9 * size:
        agreed = "nearly all of it, since the gradients so far agree in sign and size"
        return f"{agreed}, but for this one" if turned else agreed
    if cancelling:
        way = "and the step still goes the old way" if m * d < 0 else "and the step has turned with it"
        return (
            f"the gradient changed its sign, {shown(d, 3)} after a mean of {shown(m_before, 3)}; the two cancel "
            f"out in m̂ = {shown(m, 3)} but not in √v̂ = {shown(size, 3)}, {way}"
        )
    return (
        f"the gradients so far differ, in sign or in size, so that their mean, {shown(m, 3)}, is shorter than the root "
        f"of their mean square, {shown(size, 3)}"
    )
