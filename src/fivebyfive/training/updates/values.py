"""What a step is worked out from: an optimizer's settings, and what it keeps beside a weight."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from fivebyfive.errors import InputError

NAMES: Mapping[str, str] = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW", "muon": "Muon"}
"""The optimizers that are known, by their kind."""


@dataclass(frozen=True)
class Settings:
    """The values of a parameter group that its optimizer uses; named as PyTorch names them.

    `decoupled` is true where weights decay beside the step (AdamW, Muon) and not through the gradient. `rows` and
    `columns` are the sides of Muon's matrix.
    """

    lr: float
    weight_decay: float = 0.0
    maximize: bool = False
    fused: bool = False
    momentum: float = 0.0
    dampening: float = 0.0
    nesterov: bool = False
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    amsgrad: bool = False
    decoupled: bool = False
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True)
class Kept:
    """A weight, and what the optimizer keeps beside it.

    Args:
        m: momentum, or mean of the gradients; None where there is none yet.
        v: mean of the squared gradients.
        largest: the largest v so far (AMSGrad).
    """

    weight: float
    m: float | None = None
    v: float | None = None
    largest: float | None = None


@dataclass(frozen=True)
class Values:
    """One weight in one step.

    Args:
        old: before the step.
        new: after it, with the optimizer's own bits; None has it worked out in doubles.
        turned: the entry of Muon's orthogonal matrix.
    """

    gradient: float
    old: Kept
    new: Kept | None = None
    step: int | None = None
    turned: float = 0.0


@dataclass(frozen=True)
class Moved:
    """What a step makes of a whole parameter; all of the parameter's shape.

    `new` and `old` hold the tensors that are kept, by the names of `Kept`.
    """

    weight: Tensor
    old: Mapping[str, Tensor]
    new: Mapping[str, Tensor]
    turned: Tensor | None = None


def settings_of(kind: str, group: Mapping[str, Any]) -> Settings:
    """The settings in a parameter group of PyTorch's, or in a dictionary like one; other entries are passed over.

    Raises:
        InputError: the kind is none of `NAMES`, there is no rate, or a setting is no plain number.
    """
    if kind not in NAMES:
        raise InputError(f"{kind!r} is no optimizer that is known here; known are {', '.join(NAMES)}")
    for flag in ("capturable", "differentiable"):
        if group.get(flag):
            raise InputError(f"{NAMES[kind]} is {flag}: its step is not worked out here; make it without {flag}=True")
    if "lr" not in group:
        raise InputError(f"the settings of {NAMES[kind]} name no learning rate; 'lr' was expected")
    named: dict[str, Any] = {name: _number(kind, name, group[name]) for name in _NUMBERS if name in group}
    named |= {name: bool(group[name]) for name in _FLAGS if name in group}
    named |= {name: int(group[name]) for name in ("rows", "columns") if name in group}
    betas = tuple(_number(kind, "betas", beta) for beta in group.get("betas") or Settings.betas)
    if len(betas) != 2:
        raise InputError(f"{NAMES[kind]} has {len(betas)} betas; two were expected")
    decoupled = kind in ("adamw", "muon") or bool(group.get("decoupled_weight_decay", group.get("decoupled", False)))
    return Settings(**named, betas=betas, decoupled=decoupled)


_NUMBERS = ("lr", "weight_decay", "momentum", "dampening", "eps")
_FLAGS = ("maximize", "fused", "nesterov", "amsgrad")


def _number(kind: str, name: str, value: object) -> float:
    if isinstance(value, Tensor):
        raise InputError(f"{name} of {NAMES[kind]} is a tensor; give the optimizer a number, {name}={value.tolist()}")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{name} of {NAMES[kind]} is {value!r}; a number was expected")
    return float(value)


def divided(a: float, b: float) -> float:
    """a/b, as floats on a processor divide: by 0 too."""
    if b:
        return a / b
    return math.nan if not a or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1.0, b)


def root(x: float) -> float:
    """√x; NaN below 0."""
    return math.sqrt(x) if x >= 0 else math.nan
