"""Optimizers with settings of all sorts, real training for them, and what they kept, bit by bit."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from fivebyfive.datasets import Images
from fivebyfive.networks import as_input
from fivebyfive.training.muon import Muon
from fivebyfive.training.update import Expected

Make = Callable[[Iterable[Tensor]], Optimizer]

VARIANTS: dict[str, Make] = {
    "sgd": partial(SGD, lr=0.05),
    "sgd foreach": partial(SGD, lr=0.05, weight_decay=0.02, momentum=0.8, foreach=True),
    "sgd decay": partial(SGD, lr=0.05, weight_decay=0.02),
    "sgd fused": partial(SGD, lr=0.05, weight_decay=0.02, fused=True),
    "momentum": partial(SGD, lr=0.05, momentum=0.9),
    "momentum dampened": partial(SGD, lr=0.05, momentum=0.9, dampening=0.3, weight_decay=0.01),
    "momentum fused": partial(SGD, lr=0.05, momentum=0.9, dampening=0.3, weight_decay=0.01, fused=True),
    "nesterov": partial(SGD, lr=0.05, momentum=0.9, nesterov=True),
    "nesterov uphill fused": partial(SGD, lr=1e-3, momentum=0.9, nesterov=True, maximize=True, fused=True),
    "sgd uphill": partial(SGD, lr=1e-3, maximize=True, weight_decay=0.1),
    "adam": partial(Adam, lr=1e-3),
    "adam foreach": partial(Adam, lr=1e-3, foreach=True, weight_decay=0.1),
    "adam fused": partial(Adam, lr=1e-3, fused=True, weight_decay=0.1),
    "adam uphill": partial(Adam, lr=1e-3, maximize=True, weight_decay=0.1),
    "amsgrad": partial(Adam, lr=1e-3, amsgrad=True, betas=(0.5, 0.9)),
    "amsgrad fused": partial(AdamW, lr=1e-3, amsgrad=True, betas=(0.3, 0.9), fused=True),
    "adamw": partial(AdamW, lr=1e-3, weight_decay=0.1),
    "adamw foreach": partial(AdamW, lr=1e-3, weight_decay=0.1, amsgrad=True, foreach=True),
    "adamw fused": partial(AdamW, lr=1e-3, weight_decay=0.1, fused=True),
    "adamw fused uphill": partial(AdamW, lr=1e-3, weight_decay=0.1, fused=True, maximize=True),
}

IN_STATE = {"m": ("exp_avg", "momentum_buffer", "momentum"), "v": ("exp_avg_sq",), "largest": ("max_exp_avg_sq",)}


def make(name: str, network: nn.Module) -> Optimizer:
    """One of the variants, or Muon."""
    if name == "muon":
        return Muon(network, 0.02, 0.85, lr=1e-3, weight_decay=0.01, fused=True)
    return VARIANTS[name](network.parameters())


def steps(network: nn.Module, optimizer: Optimizer, images: Images, count: int) -> Iterator[int]:
    """Gives the number of each step between `backward` and `step`, on 20 images after another."""
    network.train()
    for index in range(count):
        batch = images[20 * index : 20 * (index + 1)]
        optimizer.zero_grad()
        x = as_input(torch.from_numpy(batch.pixels), network)
        loss = F.cross_entropy(network(x), torch.from_numpy(batch.labels))
        loss.backward()  # type: ignore[no-untyped-call]
        yield index
        optimizer.step()


def bits(tensor: Tensor) -> Tensor:
    """What tells even 0 from −0, and has NaN equal itself."""
    return tensor.detach().contiguous().view(torch.int64 if tensor.dtype == torch.float64 else torch.int32)


def differing(expected: Expected, parameter: Tensor, state: dict[str, Any]) -> list[str]:
    """What the optimizer made otherwise than was expected: names of "weight", "m", "v", "largest"."""
    made = {"weight": parameter}
    for name, keys in IN_STATE.items():
        found = [state[key] for key in keys if state.get(key) is not None]
        if found:
            (made[name],) = found
    foreseen = {"weight": expected.after, **expected.new}
    assert made.keys() == foreseen.keys()
    return [name for name in made if not torch.equal(bits(made[name]), bits(foreseen[name]))]
