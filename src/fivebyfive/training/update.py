"""An optimizer's step as arithmetic: gradient → momentum → step → new weight, before the step is taken.

Nothing is changed, and the optimizer is never called: its state is copied, and what it would do is done to the copies,
operation by operation, so that on a processor weights, momentum and means have the very bits that the optimizer's will
have. What hooks of the optimizer do, or a gradient scaler that has not unscaled yet, is not seen.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.optim import Optimizer

from fivebyfive.errors import InputError
from fivebyfive.training.muon import Muon, as_matrix
from fivebyfive.training.updates import adam, muon, sgd
from fivebyfive.training.updates.asked import gradient_of, group_of, kind_of, place_of
from fivebyfive.training.updates.values import NAMES, Kept, Moved, Settings, Values, settings_of
from fivebyfive.training.updates.written import Quantity, Update

__all__ = ["Expected", "Quantity", "Update", "expected", "from_values", "update"]

RULES = {"sgd": sgd, "adam": adam, "adamw": adam, "muon": muon}


@dataclass(frozen=True)
class Expected:
    """What the next step will make of a parameter; all tensors are copies of its shape.

    Args:
        kind: "sgd", "adam", "adamw" or "muon".
        step: the number of the step to come, from 1; None where the optimizer does not count.
        old, new: what the optimizer keeps before and after the step: "m", "v", "largest", as far as it does.
        turned: Muon's orthogonal matrix.
    """

    kind: str
    settings: Settings
    step: int | None
    gradient: Tensor
    before: Tensor
    after: Tensor
    old: Mapping[str, Tensor]
    new: Mapping[str, Tensor]
    turned: Tensor | None

    def at(self, *index: int) -> Update:
        """The step of one weight.

        Raises:
            InputError: there is no weight at `index`.
        """
        place = place_of(self.before.shape, index)

        def kept(weight: Tensor, tensors: Mapping[str, Tensor]) -> Kept:
            return Kept(weight[place].item(), **{name: tensor[place].item() for name, tensor in tensors.items()})

        turned = 0.0 if self.turned is None else self.turned[place].item()
        old, new = kept(self.before, self.old), kept(self.after, self.new)
        return _written(self.kind, self.settings, Values(self.gradient[place].item(), old, new, self.step, turned))


def update(optimizer: Optimizer, parameter: Tensor, *index: int) -> Update:
    """What the optimizer's next step does to one weight, and why.

    Ask between ``loss.backward()`` and ``optimizer.step()``; nothing is changed::

        network = torch.nn.Linear(3, 2)
        optimizer = torch.optim.AdamW(network.parameters())
        loss = network(torch.ones(1, 3)).square().sum()
        loss.backward()
        print(fivebyfive.update(optimizer, network.weight, 0, 2))
        optimizer.step()

    Args:
        optimizer: SGD, Adam or AdamW of torch.optim, with any settings but tensors, or this project's Muon.
        parameter: one of its parameters, with a dense, real gradient.
        index: of the weight, one number for each dimension.

    Raises:
        InputError: the optimizer is another, the parameter is none of its own, is frozen or has no gradient, or there
            is no weight at `index`.
    """
    return expected(optimizer, parameter).at(*index)


@torch.no_grad()
def expected(optimizer: Optimizer, parameter: Tensor) -> Expected:
    """What the optimizer's next step makes of all weights of a parameter.

    Raises:
        InputError: as `update`.
    """
    kind = kind_of(optimizer)
    group = group_of(optimizer, parameter)
    gradient, before = gradient_of(parameter).clone(), parameter.detach().clone()
    state: Mapping[str, Any] = optimizer.state.get(parameter, {})
    if isinstance(optimizer, Muon):
        if any(parameter is matrix for matrix in optimizer.hidden):
            return _muon(optimizer, group, gradient, before, state)
        kind = "adamw"
    settings = settings_of(kind, group)
    if kind == "sgd":
        return _expected(kind, settings, None, gradient, before, sgd.moved(before, gradient, state, settings))
    step = adam.step_of(state)
    return _expected(kind, settings, step, gradient, before, adam.moved(before, gradient, state, settings))


def _muon(
    optimizer: Muon, group: Mapping[str, Any], gradient: Tensor, before: Tensor, state: Mapping[str, Any]
) -> Expected:
    rows, columns = as_matrix(before, optimizer.inputs_first).shape
    given = {"lr": group["lr"], "weight_decay": group["weight_decay"], "momentum": optimizer.momentum}
    settings = settings_of("muon", {**given, "rows": rows, "columns": columns})
    moved = muon.moved(before, gradient, state, settings, optimizer.inputs_first)
    return _expected("muon", settings, None, gradient, before, moved)


def _expected(
    kind: str, settings: Settings, step: int | None, gradient: Tensor, before: Tensor, moved: Moved
) -> Expected:
    return Expected(kind, settings, step, gradient, before, moved.weight, moved.old, moved.new, moved.turned)


def from_values(
    kind: str,
    group: Mapping[str, Any],
    *,
    step: int | None,
    gradient: float,
    before: float,
    m: float | None = None,
    v: float | None = None,
    largest: float | None = None,
    turned: float = 0.0,
    new: Kept | None = None,
) -> Update:
    """The same chain for one weight from plain numbers.

    Args:
        kind: "sgd", "adam", "adamw" or "muon".
        group: the settings, named as in PyTorch's parameter groups (lr, betas, eps, weight_decay, momentum, …); for
            Muon with rows and columns, the sides of its matrix. ``dataclasses.asdict(expected.settings)`` is one.
        step: this step's number, from 1; Adam's correction needs it.
        m, v, largest: what the optimizer kept before the step; None where there was nothing yet.
        turned: the entry of Muon's orthogonal matrix.
        new: what the step made of them, where that is known; else it is worked out in doubles.

    Raises:
        InputError: the kind is not known, a setting is no number, or Adam is not told its step.
    """
    settings = settings_of(kind, group)
    if RULES.get(kind) is adam and (step is None or step < 1):
        raise InputError(f"step {step} of {NAMES[kind]}: its steps are counted from 1")
    return _written(kind, settings, Values(gradient, Kept(before, m, v, largest), new, step, turned))


def _written(kind: str, settings: Settings, values: Values) -> Update:
    rule = RULES[kind]
    chain = rule.quantities(values, settings)
    lost = next((q for q in chain if not math.isfinite(q.value)), None)
    sentences = (
        (f"The {lost.name} is no number: this weight is lost.",) if lost else rule.words(chain, values, settings)
    )
    return Update(NAMES[kind], values.step, settings.lr, tuple(chain), values.old.weight, chain[-1].value, sentences)
